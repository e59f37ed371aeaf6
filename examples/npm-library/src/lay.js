/**
 * The length of one strand of a laid rope: a helix around the rope's axis.
 *
 * @param {{ ropeLength: number, pitch: number, radius: number }} rope length of the rope, length of one turn, and
 *   distance of the strand's middle from the axis, all in metres
 * @returns {number} in metres
 */
export function strandLength({ ropeLength, pitch, radius }) {
  if (!(ropeLength >= 0 && pitch > 0 && radius >= 0)) {
    throw new RangeError("lengths must not be negative, and a turn must have some");
  }
  const around = 2 * Math.PI * radius;
  return (ropeLength / pitch) * Math.hypot(pitch, around);
}

/**
 * How much shorter a rope is than its strands, as a part of their length.
 *
 * @param {{ pitch: number, radius: number }} rope as above
 * @returns {number} between 0 and 1
 */
export function takeUp({ pitch, radius }) {
  return 1 - pitch / strandLength({ ropeLength: pitch, pitch, radius });
}
