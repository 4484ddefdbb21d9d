import { gunzipSync, inflateRawSync } from 'node:zlib';
import { SimError } from './exchange.ts';

/** One file of an archive. */
export interface ArchiveEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Most bytes that an archive may unpack to. */
const maxUnpackedBytes = 256 * 2 ** 20;

/** Files of a zip, tar or gzipped tar; undefined when the bytes are none of them. @throws SimError for a damaged archive */
export function readArchive(bytes: Uint8Array): ArchiveEntry[] | undefined {
  try {
    return unpack(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    if (error instanceof SimError) throw error;
    throw new SimError(400, 'damaged archive, or one that unpacks to too much'); // offsets beyond the end, broken deflate streams
  }
}

function unpack(buffer: Buffer): ArchiveEntry[] | undefined {
  if (buffer.length >= 4 && buffer.readUInt32LE(0) === 0x04034b50) return readZip(buffer);
  if (buffer.length >= 2 && buffer.readUInt16BE(0) === 0x1f8b)
    return readTar(gunzipSync(buffer, { maxOutputLength: maxUnpackedBytes }));
  if (buffer.length >= 512 && buffer.toString('latin1', 257, 262) === 'ustar') return readTar(buffer);
  return undefined;
}

/** Writes a zip without compression. */
export function writeZip(entries: Iterable<ArchiveEntry>): Uint8Array {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.path, 'utf8');
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(0x0800, 2); // names are UTF-8
    fields.writeUInt16LE(0x21, 8); // 1980-01-01: archives are the same whenever they are made
    fields.writeUInt32LE(crc32(entry.bytes), 10);
    fields.writeUInt32LE(entry.bytes.byteLength, 14);
    fields.writeUInt32LE(entry.bytes.byteLength, 18);
    fields.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from('PK\u0003\u0004', 'latin1'), fields, name, Buffer.from(entry.bytes));
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'), fields, tail, name);
    offset += 30 + name.length + entry.bytes.byteLength;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(central.length / 4, 8);
  end.writeUInt16LE(central.length / 4, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

function readZip(buffer: Buffer): ArchiveEntry[] {
  const end = buffer.lastIndexOf(Buffer.from('PK\u0005\u0006', 'latin1'));
  if (end < 0) throw new SimError(400, 'damaged zip');
  const entries: ArchiveEntry[] = [];
  let room = maxUnpackedBytes;
  let at = buffer.readUInt32LE(end + 16);
  for (let left = buffer.readUInt16LE(end + 10); left > 0; left -= 1) {
    const method = buffer.readUInt16LE(at + 10);
    const size = buffer.readUInt32LE(at + 20);
    const nameLength = buffer.readUInt16LE(at + 28);
    const path = buffer.toString('utf8', at + 46, at + 46 + nameLength);
    const local = buffer.readUInt32LE(at + 42);
    const start = local + 30 + buffer.readUInt16LE(local + 26) + buffer.readUInt16LE(local + 28);
    const raw = buffer.subarray(start, start + size);
    if (method !== 0 && method !== 8) throw new SimError(400, 'unknown zip compression');
    if (!path.endsWith('/')) {
      const bytes = Buffer.from(method === 8 ? inflateRawSync(raw, { maxOutputLength: Math.max(1, room) }) : raw);
      entries.push({ path: safeFilePath(path), bytes });
      room -= bytes.byteLength;
      if (room < 0) throw new SimError(400, 'the archive unpacks to too much');
    }
    at += 46 + nameLength + buffer.readUInt16LE(at + 30) + buffer.readUInt16LE(at + 32);
  }
  return entries;
}

function readTar(buffer: Buffer): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + 512 <= buffer.length && buffer[at] !== 0; ) {
    const field = (from: number, length: number): string =>
      buffer.toString('utf8', at + from, at + from + length).replace(/\0[\s\S]*$/, '');
    const size = Math.max(0, Number.parseInt(field(124, 12).trim(), 8) || 0); // a negative one would never end
    const body = buffer.subarray(at + 512, at + 512 + size);
    const kind = field(156, 1);
    if (kind === 'L') longName = body.toString('utf8').replace(/\0[\s\S]*$/, '');
    else {
      const prefix = field(345, 155);
      const name = longName ?? (prefix === '' ? field(0, 100) : `${prefix}/${field(0, 100)}`);
      if (kind === '0' || kind === '') entries.push({ path: safeFilePath(name), bytes: Buffer.from(body) });
      longName = undefined;
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return entries;
}

/** A file's path below its folder. @throws SimError for one that leaves it: who downloads the folder would write elsewhere */
export function safeFilePath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length === 0 || parts.includes('..') || /[\0\\]/.test(path))
    throw new SimError(400, 'the path of a file leaves its folder');
  return parts.join('/');
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
