// In place of xlsx, request and plotly: what needs them says so when it is called, not when danfo loads.
function absent() {
  throw new Error("this build of danfo reads and writes no Excel files, fetches no URLs and draws no plots");
}
const missing = new Proxy(absent, { get: (_, name) => (name === "__esModule" ? false : missing) });
export default missing;
