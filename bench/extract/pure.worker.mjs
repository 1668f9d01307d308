/** Decodes the packets that it was given, over and over when asked, and does nothing else. */
import { parentPort, workerData } from "node:worker_threads";
import { openLibopusDecoder } from "../../dist/decode/libopus.js";

const decoder = await openLibopusDecoder(workerData.layout);
parentPort.on("message", () => {
  for (const packet of workerData.packets) decoder.decode(packet, 0, packet.length);
  parentPort.postMessage("done");
});
parentPort.postMessage("ready");
