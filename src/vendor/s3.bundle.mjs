// The S3 part of the AWS SDK as one file: what is installed needs no 26 packages for those who keep archives on disk.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licenceText, packagesOf } from "./licences.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("@aws-sdk/client-s3/package.json"));

const names = [
  "CopyObjectCommand",
  "DeleteObjectCommand",
  "GetObjectCommand",
  "HeadObjectCommand",
  "ListObjectsV2Command",
  "PutObjectCommand",
  "S3Client",
];

const esbuildOptions = {
  stdin: { contents: `export { ${names.join(", ")} } from "@aws-sdk/client-s3";`, resolveDir: here },
  bundle: true,
  minify: true,
  // The SDK tells errors by the name of their class.
  keepNames: true,
  platform: "node",
  format: "esm",
  target: "node20",
  mainFields: ["module", "main"],
  metafile: true,
  legalComments: "none",
  absWorkingDir: root,
  // The version bundled here runs on the Node versions that this package is for; its advice for later ones is no
  // concern of users.
  define: { "process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": '"true"' },
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
};

export default {
  name: "s3",
  inputs: [join(here, "licences.mjs"), join(sdk, "package.json")],
  outputs: ["s3.js", "s3.LICENSES.txt"],
  async build(outDir) {
    const { metafile } = await build({ ...esbuildOptions, outfile: join(outDir, "s3.js") });
    const licences = await licenceText(packagesOf(metafile, root), join(sdk, "LICENSE"));
    await writeFile(join(outDir, "s3.LICENSES.txt"), licences);
  },
};
