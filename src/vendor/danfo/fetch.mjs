// In place of node-fetch: Node has its own.
export default (...args) => globalThis.fetch(...args);
