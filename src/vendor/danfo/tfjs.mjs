// In place of @tensorflow/tfjs-node, whose installation downloads a native library: the same API in plain JavaScript.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-backend-cpu";
import { enableProdMode } from "@tensorflow/tfjs-core";

// Otherwise the first sum of a frame prints an advertisement for the native library.
enableProdMode();

export * from "@tensorflow/tfjs-core";
