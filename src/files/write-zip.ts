import { crc32 } from 'node:zlib';
import { LimitExceededError } from '../kernel/errors.ts';

/** A file of an archive. */
export interface ZipEntry {
  /** With slashes; UTF-8. */
  readonly path: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Beyond it, sizes and places need the ZIP64 form. */
const most = 0xffff_fffe;
/** The same instant for every file, 1980-01-01 00:00, so that the same files give the same archive. */
const dosDate = 0x0021;
/** Bit 3: sizes follow the bytes; bit 11: names are UTF-8. */
const flags = 0x0808;
const needed = 20;

interface Written {
  readonly name: Buffer;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
}

/**
 * A ZIP archive (PKWARE APPNOTE 6.3), made while it is read: files are stored as they are, and none is held in memory.
 * @throws LimitExceededError when it would be larger than 4 GiB
 */
export async function* writeZip(entries: Iterable<ZipEntry> | AsyncIterable<ZipEntry>): AsyncIterable<Uint8Array> {
  const written: Written[] = [];
  let offset = 0;
  for await (const { path, bytes } of entries) {
    const name = Buffer.from(path);
    const head = localHeader(name);
    yield head;
    let crc = 0;
    let size = 0;
    for await (const chunk of bytes) {
      crc = crc32(chunk, crc);
      size += chunk.byteLength;
      refuseTooLarge(offset + size);
      yield chunk;
    }
    const tail = descriptor(crc, size);
    yield tail;
    written.push({ name, crc, size, offset });
    offset += head.length + size + tail.length;
    refuseTooLarge(offset);
  }
  const records = written.map(centralHeader);
  yield* records;
  yield endOf(written.length, { offset, size: records.reduce((sum, record) => sum + record.length, 0) });
}

function refuseTooLarge(size: number): void {
  if (size > most)
    throw new LimitExceededError('The archive would be larger than 4 GiB: take its files one by one.', {
      limit: 'archiveBytes',
      allowed: most,
    });
}

function localHeader(name: Buffer): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  head.writeUInt16LE(needed, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt16LE(dosDate, 12);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, name]);
}

function descriptor(crc: number, size: number): Buffer {
  const tail = Buffer.alloc(16);
  tail.writeUInt32LE(0x0807_4b50, 0);
  tail.writeUInt32LE(crc, 4);
  tail.writeUInt32LE(size, 8);
  tail.writeUInt32LE(size, 12);
  return tail;
}

function centralHeader({ name, crc, size, offset }: Written): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x0201_4b50, 0);
  head.writeUInt16LE(needed, 4);
  head.writeUInt16LE(needed, 6);
  head.writeUInt16LE(flags, 8);
  head.writeUInt16LE(dosDate, 14);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(size, 20);
  head.writeUInt32LE(size, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt32LE(offset, 42);
  return Buffer.concat([head, name]);
}

function endOf(count: number, central: { readonly offset: number; readonly size: number }): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(central.size, 12);
  end.writeUInt32LE(central.offset, 16);
  return end;
}
