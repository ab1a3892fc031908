// How a figure's numbers travel: the other end of apps/common/packed.py.

const KINDS = { i4: Int32Array, f4: Float32Array, f8: Float64Array };

function array(value) {
  if (!value?.bytes) return value;
  return new KINDS[value.kind](Uint8Array.from(atob(value.bytes), (letter) => letter.charCodeAt(0)).buffer);
}

/** The payload with its lines as arrays that Plotly draws; one that came unpacked as it is. */
export function unpacked(payload) {
  for (const trace of payload.figure?.data ?? []) {
    for (const key of ["x", "y", "customdata"]) if (key in trace) trace[key] = array(trace[key]);
  }
  return payload;
}
