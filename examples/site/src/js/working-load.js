// What a rope may carry, by rule of thumb. Forces in kilonewton, diameters in millimetres.

const KILOGRAM_PER_KILONEWTON = 1000 / 9.80665;

/** The load at which new, straight, dry rope breaks. */
export function breakingLoad(factor, diameter) {
  requirePositive("factor", factor);
  requirePositive("diameter", diameter);
  return factor * diameter ** 2;
}

/** What may hang on it, with a knot in it that leaves so many percent of its strength. */
export function workingLoad({ factor, diameter, strengthPercent = 100, safetyFactor = 5 }) {
  requirePositive("strength", strengthPercent);
  if (strengthPercent > 100) {
    throw new RangeError(`strength must be at most 100 percent, not ${strengthPercent}`);
  }
  requirePositive("safety factor", safetyFactor);
  return (breakingLoad(factor, diameter) * strengthPercent) / 100 / safetyFactor;
}

/** The mass, in kilogram, whose weight is this force; rounded down to two digits that count. */
export function massOf(force) {
  requirePositive("force", force);
  const mass = force * KILOGRAM_PER_KILONEWTON;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(mass)) - 1);
  return Math.floor(mass / step) * step;
}

function requirePositive(name, value) {
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new RangeError(`${name} must be a positive number, not ${value}`);
  }
}
