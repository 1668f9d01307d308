/** Pages and packets as columns: what a scan yields, small enough to hand between threads at once. */

/** The pages of a byte range, in file order, and the packets that complete on them. */
export interface PageColumns {
  readonly count: number;
  /** Where each page starts, in bytes from the start of the file. */
  readonly byteOffset: Float64Array;
  readonly size: Uint32Array;
  /** Granule position in 48 kHz samples, −1 for none. */
  readonly granule: Float64Array;
  readonly serial: Uint32Array;
  readonly sequence: Uint32Array;
  /** Header flags. */
  readonly flags: Uint8Array;
  /** How many packets complete on each page. */
  readonly packetCount: Uint16Array;
  /** One code a packet, see packet-code.ts, pages in order. */
  readonly packets: Uint16Array;
}

/** One page to be appended. */
export interface PageRow {
  readonly byteOffset: number;
  readonly size: number;
  readonly granule: number;
  readonly serial: number;
  readonly sequence: number;
  readonly flags: number;
  readonly packetCount: number;
}

/** Grows columns page by page. */
export interface ColumnsBuilder {
  readonly count: number;
  /** Appends a page, on which the first `row.packetCount` of `codes` complete. */
  page(row: PageRow, codes: Uint16Array): void;
  finish(): PageColumns;
}

/** Starts empty columns. */
export function columnsBuilder(): ColumnsBuilder {
  let capacity = 1024;
  let pages = allocate(capacity);
  let packets = new Uint16Array(32_768);
  let count = 0;
  let packetsUsed = 0;
  return {
    get count() {
      return count;
    },
    page(row, codes) {
      if (count === capacity) {
        capacity *= 2;
        pages = mapColumns(pages, allocate(capacity), grown);
      }
      pages.byteOffset[count] = row.byteOffset;
      pages.size[count] = row.size;
      pages.granule[count] = row.granule;
      pages.serial[count] = row.serial;
      pages.sequence[count] = row.sequence;
      pages.flags[count] = row.flags;
      pages.packetCount[count] = row.packetCount;
      count++;
      if (packetsUsed + codes.length > packets.length)
        packets = grown(packets, new Uint16Array(packets.length * 2));
      packets.set(codes.subarray(0, row.packetCount), packetsUsed);
      packetsUsed += row.packetCount;
    },
    finish() {
      const cut = mapColumns(pages, pages, (column) => column.slice(0, count) as typeof column);
      return { count, ...cut, packets: packets.slice(0, packetsUsed) };
    },
  };
}

type Columns = Omit<PageColumns, "count" | "packets">;
type Column = Float64Array | Uint32Array | Uint8Array | Uint16Array;

function allocate(capacity: number): Columns {
  return {
    byteOffset: new Float64Array(capacity),
    size: new Uint32Array(capacity),
    granule: new Float64Array(capacity),
    serial: new Uint32Array(capacity),
    sequence: new Uint32Array(capacity),
    flags: new Uint8Array(capacity),
    packetCount: new Uint16Array(capacity),
  };
}

function grown<T extends Column>(from: T, to: T): T {
  to.set(from as never);
  return to;
}

function mapColumns(from: Columns, to: Columns, each: <T extends Column>(from: T, to: T) => T): Columns {
  return {
    byteOffset: each(from.byteOffset, to.byteOffset),
    size: each(from.size, to.size),
    granule: each(from.granule, to.granule),
    serial: each(from.serial, to.serial),
    sequence: each(from.sequence, to.sequence),
    flags: each(from.flags, to.flags),
    packetCount: each(from.packetCount, to.packetCount),
  };
}

/** Pages of consecutive ranges as one. */
export function concatColumns(parts: readonly PageColumns[]): PageColumns {
  if (parts.length === 1) return parts[0] as PageColumns;
  const joined = allocate(parts.reduce((sum, p) => sum + p.count, 0));
  const packets = new Uint16Array(parts.reduce((sum, p) => sum + p.packets.length, 0));
  let count = 0;
  let packet = 0;
  for (const part of parts) {
    mapColumns(part, joined, (from, to) => {
      to.set(from as never, count);
      return to;
    });
    packets.set(part.packets, packet);
    count += part.count;
    packet += part.packets.length;
  }
  return { count, ...joined, packets };
}
