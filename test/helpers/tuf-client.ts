/** An independent client of the signed repository: tuf-js, as anybody would use it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { BaseFetcher, type TargetFile, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { temporaryFolder } from './packages.ts';

type Serve = (name: string) => Promise<Buffer | undefined>;

/** Serves what a function gives; names it does not know are missing, as on any server. */
export class MapFetcher extends BaseFetcher {
  private readonly serve: Serve;
  constructor(serve: Serve) {
    super();
    this.serve = serve;
  }
  override async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const found = await this.serve(decodeURIComponent(new URL(url).pathname.slice(1)));
    if (!found) throw new DownloadHTTPError(`there is no ${url}`, 404);
    return Readable.toWeb(Readable.from([found])) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
}

/** A new client's memory: a folder that trusts this first root and nothing else. */
export function trusting(firstRoot: Buffer): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'root.json'), firstRoot);
  return folder;
}

/** Brings a client up to date and asks it about a file. @throws what the client refuses by */
export async function lookUp(folder: string, serve: Serve, target: string): Promise<TargetFile | undefined> {
  const updater = new Updater({
    metadataDir: folder,
    metadataBaseUrl: 'http://repository',
    targetDir: folder,
    fetcher: new MapFetcher(serve),
  });
  await updater.refresh();
  return updater.getTargetInfo(target);
}
