/**
 * danfo as it is bundled with this package. In this repository the types are those of the development dependency;
 * what is installed carries its own copy (`danfo.bundle.mjs`), so that it needs no danfojs-node.
 */
export {
  concat,
  DataFrame,
  dateRange,
  getDummies,
  LabelEncoder,
  MinMaxScaler,
  merge,
  OneHotEncoder,
  readCSV,
  readJSON,
  Series,
  StandardScaler,
  toCSV,
  toDateTime,
  toJSON,
} from "danfojs-node";
