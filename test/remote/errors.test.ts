/** What goes wrong with a bucket is said, soon, and no secret with it. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Archive,
  importRecordings,
  type ImportReport,
  isOpusZarrError,
  openArchive,
  type OpusZarrError,
} from "../../dist/index.js";
import { type Folder, smallOpus, temporaryFolder } from "../importer/tools.js";
import { run } from "./run.js";
import { MISSING, type S3Environment, type S3Server, SERVER_VERSION, startServer, within } from "./server.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/** Everything that an error shows, however it is shown, as a notebook would. */
function shown(error: unknown): string {
  return `${inspect(error, { depth: 9, showHidden: true })} ${String((error as Error).stack)} ${JSON.stringify(error)}`;
}

describe(`errors of ${SERVER_VERSION}${MISSING}`, () => {
  let server: S3Server;
  let folder: Folder;
  let environment: S3Environment;

  beforeAll(async () => {
    folder = temporaryFolder();
    folder.write("in/a.opus", smallOpus(1));
    if (MISSING !== "") return;
    server = await startServer();
    environment = server.environment("writer");
    await within(environment, () => openArchive("s3://recordings/there", { mode: "a" }));
  });
  afterAll(async () => {
    await server?.stop();
    folder.remove();
  });

  /** Opens an archive and tells how that failed, which it must soon and without a secret: within 20 s, on a machine that does nothing else. */
  const failure = async (
    changes: S3Environment,
    at = "s3://recordings/there",
    work: (archive: Archive) => Promise<unknown> = async () => {},
  ): Promise<OpusZarrError> => {
    const started = performance.now();
    const all = { ...environment, ...changes };
    const error = await within(all, async () => await work(await openArchive(at, { mode: "a" }))).then(
      () => new Error("nothing failed"),
      (reason: unknown) => reason,
    );
    expect(performance.now() - started).toBeLessThan(60_000);
    expect(isOpusZarrError(error), shown(error)).toBe(true);
    for (const secret of [all["AWS_SECRET_ACCESS_KEY"], all["AWS_SESSION_TOKEN"], "/secret"]) {
      if (secret) expect(shown(error)).not.toContain(secret);
    }
    return error as OpusZarrError;
  };

  it.skipIf(MISSING !== "")("says that credentials are wrong, missing or of no use there", async () => {
    const wrong = await failure({ AWS_SECRET_ACCESS_KEY: "wrong/secret" });
    expect(wrong.message).toMatch(
      /wrong credentials: 127\.0\.0\.1:\d+ does not accept them \(SignatureDoesNotMatch\)/,
    );
    const unknown = await failure({ AWS_ACCESS_KEY_ID: "AKIANOBODY", AWS_SESSION_TOKEN: "token/secret" });
    expect(unknown.message).toMatch(/wrong credentials: .* \(Invalid\w+\)/);
    expect(unknown.kind).toBe("io");
    const none = await failure({ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    expect(none.message).toMatch(/found no credentials: set AWS_ACCESS_KEY_ID/);
  });

  it.skipIf(MISSING !== "")("says that there is no such bucket", async () => {
    const error = await failure({}, "s3://no-such-bucket/there");
    expect(error.kind).toBe("not-found");
    expect(error.message).toMatch(/there is no bucket "no-such-bucket" at 127\.0\.0\.1:/);
  });

  it.skipIf(MISSING !== "")("says that writing is not allowed, in the row of each file", async () => {
    const reader = server.environment("reader");
    expect((await failure(reader, "s3://recordings/new")).message).toMatch(/no permission to write there/);
    const args = ["import", folder.at("in"), "--store", "s3://recordings/there", "--json"];
    const done = await run(args, reader);
    expect(done.status).toBe(1);
    const report = JSON.parse(done.stdout) as ImportReport;
    expect(report).toMatchObject({ imported: 0, failed: 1 });
    expect(report.recordings[0]?.error).toMatch(/no permission to write there \(AccessDenied\)/);
  });

  it.skipIf(MISSING !== "")("says that the clock is wrong, and by how much", async () => {
    const skewed = `const now = Date.now; const Real = Date; Date.now = () => now() + 3600e3;
      globalThis.Date = class extends Real { constructor(...a) { if (a.length) super(...a); else super(Real.now()); } };`;
    const flags = ["--import", `data:text/javascript,${encodeURIComponent(skewed)}`];
    const done = await run(["ls", "s3://recordings/there"], environment, flags);
    expect(done.status).not.toBe(0);
    expect(done.stderr).toMatch(/this machine's clock is 60 min ahead of that of 127\.0\.0\.1:/);
    expect(done.seconds).toBeLessThan(60);
  });

  it.skipIf(MISSING !== "")("says that an endpoint cannot be reached, or says nothing", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const refusing = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    const ends = await Promise.all(
      [`http://user:pass%2Fsecret@127.0.0.1:${refusing}`, `http://127.0.0.1:${port}`].map((url) =>
        run(["ls", "s3://recordings/there"], { ...environment, AWS_ENDPOINT_URL_S3: url }),
      ),
    );
    for (const { status, stderr, seconds } of ends) {
      expect(status).not.toBe(0);
      expect(stderr).not.toContain("secret");
      expect(seconds).toBeLessThan(60);
    }
    expect(ends[0]?.stderr).toMatch(/the endpoint 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/);
    expect(ends[1]?.stderr).toMatch(/the endpoint 127\.0\.0\.1:\d+ cannot be reached \(ETIMEDOUT\)/);
    silent.close();
  });
});

describe("secrets in addresses", () => {
  const addresses = [
    "s3://AKIASOMEBODY:some/secret@recordings/there",
    "s3://user:secret@recordings/there",
    "http://user:secret@127.0.0.1:9/birds.zarr",
    "https://127.0.0.1:9/birds.zarr?X-Amz-Credential=secret&X-Amz-Signature=secret",
    "http://user:secret@[not-a-host/birds.zarr?sig=secret",
  ];

  it.each(addresses)("are in no error: %s", async (address) => {
    const error = await openArchive(address).catch((reason: unknown) => reason);
    expect(isOpusZarrError(error)).toBe(true);
    expect(shown(error)).not.toContain("secret");
    const archive = await openArchive(new Map(), { mode: "a" });
    const report = await importRecordings(archive, [address]);
    expect(report.failed).toBe(1);
    expect(JSON.stringify(report)).not.toContain("secret");
    const done = await run(["import", address, "--store", address], {});
    expect(done.status).not.toBe(0);
    expect(done.stdout + done.stderr).not.toContain("secret");
  });
});
