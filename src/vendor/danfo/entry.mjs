// What our bundle offers of danfo; `../danfo.d.ts` names the same.
import danfo from "danfojs-node/dist/danfojs-node/src/index.js";

export const {
  DataFrame,
  Series,
  merge,
  toDateTime,
  dateRange,
  getDummies,
  LabelEncoder,
  OneHotEncoder,
  MinMaxScaler,
  StandardScaler,
  readCSV,
  readJSON,
  toCSV,
  toJSON,
} = danfo;

/** danfo's own `concat` appends to the first frame it is given, and fails on a frame without rows. */
export function concat({ dfList, axis }) {
  const full = axis === 1 ? dfList : dfList.filter((one) => one.values.length > 0);
  if (full.length === 0) return dfList[0];
  return danfo.concat({ dfList: full.map(copyOf), axis });
}

function copyOf(frame) {
  const { index, columns, dtypes } = frame;
  const options = { index: [...index], columns: [...columns], dtypes: [...dtypes] };
  const values = frame.values.map((row) => (Array.isArray(row) ? [...row] : row));
  return frame instanceof danfo.DataFrame
    ? new danfo.DataFrame(values, options)
    : new danfo.Series(values, options);
}
