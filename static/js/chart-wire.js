// How a figure's numbers travel: the other end of apps/common/packed.py.

const KINDS = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };

function array(value) {
  if (!value?.bytes) return value;
  const numbers = new KINDS[value.kind](Uint8Array.from(atob(value.bytes), (letter) => letter.charCodeAt(0)).buffer);
  return value.by ? summed(numbers, value.first, value.by) : numbers;
}

function summed(differences, first, by) {
  const numbers = new Float64Array(differences.length + 1);
  numbers[0] = first;
  differences.forEach((difference, k) => (numbers[k + 1] = numbers[k] + by * difference));
  return numbers;
}

/** The payload with its lines as arrays that Plotly draws; one that came unpacked as it is. */
export function unpacked(payload) {
  for (const trace of payload.figure?.data ?? []) {
    for (const key of ["x", "y", "customdata"]) if (key in trace) trace[key] = array(trace[key]);
  }
  return payload;
}
