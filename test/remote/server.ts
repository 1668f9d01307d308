/**
 * A real S3-compatible server for tests: SeaweedFS, which honours `If-None-Match` and `If-Match`. On ports of this machine
 * only, its data in a temporary folder, gone at the end.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bucket, openBucket } from "../../dist/remote/bucket.js";
import { PYTHON } from "../python.js";

/** Names the `weed` program, where it is not on the PATH or beside the Python that tests use. */
const VARIABLE = "OPUS_ZARR_S3_SERVER";

const program = [process.env[VARIABLE], path.join(path.dirname(PYTHON), "weed"), "weed"].find(
  (name) => name !== undefined && spawnSync(name, ["version"]).status === 0,
);
const version = program === undefined ? "" : spawnSync(program, ["version"], { encoding: "utf8" }).stdout;

/** Of the server, as it says itself. */
export const SERVER_VERSION: string =
  /^version .*$/m.exec(version)?.[0]?.replace("version", "SeaweedFS") ?? "SeaweedFS";
/** For the names of tests that need it. */
export const MISSING: string =
  program === undefined ? ` (needs weed, the SeaweedFS program; name it in ${VARIABLE})` : "";

/** Who may do what. */
const USERS = {
  writer: { id: "AKIATESTWRITER", secret: "writer/secret+one", actions: ["Admin", "Read", "List", "Write"] },
  reader: { id: "AKIATESTREADER", secret: "reader/secret+two", actions: ["Read", "List"] },
} as const;

/** The environment in which a client finds the server. */
export type S3Environment = Record<string, string>;

/** A server that runs. */
export interface S3Server {
  readonly port: number;
  /** The environment of a user's client; `port` is another's, such as a proxy's before it. */
  environment(user: keyof typeof USERS, port?: number): S3Environment;
  /** Keys below a prefix, with their ETags. */
  objects(prefix: string): Promise<Record<string, string>>;
  /** The bucket `recordings`, which is there. */
  bucket(): Promise<Bucket>;
  stop(): Promise<void>;
}

/** Starts it, with a bucket `recordings`. */
export async function startServer(): Promise<S3Server> {
  const folder = mkdtempSync(path.join(tmpdir(), "opus-zarr-s3-"));
  for (let attempt = 1; ; attempt++) {
    // Between our look for free ports and its start, another program may have taken one.
    const started = await tryStart(folder).catch((error: unknown) => {
      if (attempt === 3) throw error;
    });
    if (started !== undefined) return started;
  }
}

async function tryStart(folder: string): Promise<S3Server> {
  const data = mkdtempSync(path.join(folder, "data-"));
  const [port = 0, ...others] = await freePorts(8);
  const child = spawn(program ?? "", serverArguments(data, port, others), {
    cwd: data,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-20_000);
  });
  const environment: S3Server["environment"] = (user, at = port) => ({
    AWS_ENDPOINT_URL: `http://127.0.0.1:${at}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: USERS[user].id,
    AWS_SECRET_ACCESS_KEY: USERS[user].secret,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: path.join(folder, "none"),
    AWS_SHARED_CREDENTIALS_FILE: path.join(folder, "none"),
  });
  try {
    await makeBucket(environment("writer"), child);
  } catch (error) {
    await ended(child);
    throw new Error(`SeaweedFS did not start: ${String(error)}\n${log}`);
  }
  const bucket = (): Promise<Bucket> => within(environment("writer"), () => openBucket("recordings"));
  return {
    port,
    environment,
    bucket,
    async objects(prefix) {
      const { objects } = await (await bucket()).list(prefix);
      return Object.fromEntries(objects.map(({ key, etag }) => [key.slice(prefix.length), etag]));
    },
    async stop() {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serverArguments(data: string, port: number, others: readonly number[]): string[] {
  const identities = Object.entries(USERS).map(([name, { id, secret, actions }]) => ({
    name,
    credentials: [{ accessKey: id, secretKey: secret }],
    actions,
  }));
  const config = path.join(data, "users.json");
  writeFileSync(config, JSON.stringify({ identities }));
  const volumes = path.join(data, "volumes");
  mkdirSync(volumes);
  const [master, masterGrpc, volume, volumeGrpc, filer, filerGrpc, s3Grpc] = others;
  const ports = {
    "master.port": master,
    "master.port.grpc": masterGrpc,
    "volume.port": volume,
    "volume.port.grpc": volumeGrpc,
    "filer.port": filer,
    "filer.port.grpc": filerGrpc,
    "s3.port": port,
    "s3.port.grpc": s3Grpc,
    "s3.port.iceberg": 0,
    "s3.port.lance": 0,
  };
  return [
    ...["-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", `-dir=${volumes}`],
    ...["-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=20", "-filer", "-s3"],
    ...[`-s3.config=${config}`, "-s3.autoCreateBucket=false"],
    ...[`-filer.localSocket=${path.join(data, "f")}`, `-s3.localSocket=${path.join(data, "s")}`],
    ...Object.entries(ports).map(([name, value]) => `-${name}=${value}`),
  ];
}

/** Ports that are free now, held until all of them are found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  for (let i = 0; i < count; i++) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function makeBucket(environment: S3Environment, child: ChildProcess): Promise<void> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const { CreateBucketCommand, S3Client } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    endpoint: environment["AWS_ENDPOINT_URL"] ?? "",
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId: USERS.writer.id, secretAccessKey: USERS.writer.secret },
    maxAttempts: 1,
  });
  for (const started = performance.now(); ; await sleep(100)) {
    if (child.exitCode !== null) throw new Error(`it ended with status ${child.exitCode}`);
    try {
      await client.send(new CreateBucketCommand({ Bucket: "recordings" }));
      return;
    } catch (error) {
      if (performance.now() - started > 60_000) throw error;
    }
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGKILL");
  await gone;
}

/** Runs with AWS variables set to these and no others. */
export async function within<T>(environment: S3Environment, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, environment);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
