// node:perf_hooks: time is virtual
'use strict';

const origin = host.now();
const performance = {
  timeOrigin: origin,
  now: () => host.now() - origin,
  mark: (name) => ({ name, entryType: 'mark', startTime: host.now() - origin, duration: 0 }),
  measure: (name) => ({ name, entryType: 'measure', startTime: 0, duration: host.now() - origin }),
  getEntries: () => [], getEntriesByName: () => [], getEntriesByType: () => [],
  clearMarks: () => {}, clearMeasures: () => {},
  toJSON: () => ({ timeOrigin: origin }),
};

module.exports = { performance, PerformanceObserver: class PerformanceObserver { observe() {} disconnect() {} } };
