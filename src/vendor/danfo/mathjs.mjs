// The five functions of mathjs that danfo uses: importing them by name leaves the other 95% out of the bundle.
export { mean, median, mode, std, variance } from "mathjs";
