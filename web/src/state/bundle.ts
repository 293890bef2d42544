// Files that a person drops or chooses, put into one: a tar file whose parts stay on the disk until they are sent.

/** A file with its path below what was dropped. */
export interface Found {
  readonly path: string;
  readonly file: File;
}

/** The most files that are gathered; the server takes no more either. */
export const MOST_FILES = 200_000;

const IMAGE = /\.(png|jpe?g|tiff?|bmp|gif|webp|p[gp]m|dcm|dicom|nii|nii\.gz)$/i;
const BUNDLE = /\.(zip|tar|npz|npy)$/i;
const BLOCK = 512;

export type Given = { kind: "table" | "images"; content: Blob; name: string };

/** What a choice of files is: one table, one archive, or files that belong together. */
export function given(found: readonly Found[]): Given | null {
  const files = found.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  const [first] = files;
  if (!first) return null;
  const alone = files.length === 1 && !first.path.includes("/");
  if (alone && BUNDLE.test(first.file.name)) return { kind: "images", content: first.file, name: first.file.name };
  if (alone && !IMAGE.test(first.file.name)) return { kind: "table", content: first.file, name: first.file.name };
  const folder = first.path.includes("/") ? first.path.split("/")[0] : "";
  const together = folder && files.every(({ path }) => path.startsWith(`${folder}/`));
  return { kind: "images", content: tar(files), name: together ? folder : alone ? first.file.name : "images" };
}

/** The files of a list, as a chosen folder gives them. */
export const listed = (files: FileList | null): Found[] =>
  [...(files ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name.replaceAll("/", "_"), file }));

/** The files of a drop; folders are walked through. Asked for at once: what is dropped is gone with its event. */
export function dropped(transfer: DataTransfer): Promise<Found[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = listed(transfer.files);
  if (!entries.some((entry) => entry?.isDirectory)) return Promise.resolve(plain);
  return walked(entries.filter((entry) => entry !== null));
}

async function walked(entries: readonly FileSystemEntry[]): Promise<Found[]> {
  const found: Found[] = [];
  const waiting = [...entries];
  for (let entry = waiting.pop(); entry && found.length <= MOST_FILES; entry = waiting.pop()) {
    if (entry.isDirectory) waiting.push(...(await children(entry as FileSystemDirectoryEntry)));
    else found.push({ path: entry.fullPath.replace(/^\//, ""), file: await opened(entry as FileSystemFileEntry) });
  }
  return found;
}

const opened = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

async function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all; // it gives a hundred at a time
    all.push(...some);
  }
}

/** A tar file, the same bytes for the same files. */
function tar(files: readonly Found[]): Blob {
  const parts: BlobPart[] = [];
  for (const { path, file } of [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))) {
    const name = new TextEncoder().encode(path);
    const plain = name.length < 100 && name.every((byte) => byte < 128);
    if (!plain) {
      const record = paxRecord(path);
      parts.push(header("pax", record.length, "x"), record, padding(record.length));
    }
    parts.push(header(plain ? path : "file", file.size, "0"), file, padding(file.size));
  }
  parts.push(new Uint8Array(2 * BLOCK));
  return new Blob(parts);
}

/** A name of any length and letters: "LENGTH path=NAME", where the length counts itself. */
function paxRecord(path: string): Uint8Array<ArrayBuffer> {
  const rest = new TextEncoder().encode(` path=${path}\n`).length;
  let length = rest + 1;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return new TextEncoder().encode(`${length} path=${path}\n`);
}

const padding = (size: number): Uint8Array<ArrayBuffer> => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

function header(name: string, size: number, kind: "0" | "x"): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const write = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width, "0")}\0`;
  write(name, 0);
  write(octal(0o600, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(size, 11), 124);
  write(octal(0, 11), 136);
  write("        ", 148);
  write(kind, 156);
  write("ustar\x0000", 257);
  write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return block;
}
