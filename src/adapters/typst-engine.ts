/** The typesetter's two bodies, native and WebAssembly, behind one shape. Runs inside a worker thread. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type FontFamily, fontFamilies } from '../domain/script-fonts.ts';
import type { Typeset, TypesetRequest } from './typst.ts';
import { fontFiles, fontFolders } from './typst-fonts.ts';
import { undrawable } from './typst-glyphs.ts';

export interface Engine {
  readonly kind: 'native' | 'wasm';
  /** @throws EngineError when the template fails or a character has no glyph */
  typeset(request: TypesetRequest): Typeset | Promise<Typeset>;
  /** Gives memory back that the compiler keeps for the next text. */
  forget(): void;
}

/** What stopped a text from being set. `characters`: those that no face draws. */
export class EngineError extends Error {
  readonly characters: string[];
  constructor(message: string, characters: string[] = []) {
    super(message);
    this.characters = characters;
  }
}

const root = join(import.meta.dirname, '..', '..', 'templates');
const require = createRequire(import.meta.url);

/** Results of the compiler are kept for this many more texts: templates and shared words hit, one reader's words do not. */
const KEEP = 3;

interface Diagnostic {
  message: string;
  path?: string;
  range?: { start: { line: number; character: number } } | string | null;
}
interface NativeError {
  shortDiagnostics: Diagnostic[];
}
interface NativeDocument {
  numOfPages: number;
}
interface NativeCompiler {
  mapShadow(path: string, content: Buffer): void;
  unmapShadow(path: string): void;
  compile(args: { mainFilePath: string }): {
    result: NativeDocument | null;
    takeError(): NativeError | null;
  };
  fetchDiagnostics(error: NativeError): Diagnostic[];
  pdf(document: NativeDocument, options: { pdfStandard: string; pdfTags?: boolean }): Buffer;
  query(document: NativeDocument, what: { selector: string; field: string }): unknown[];
  evictCache(age: number): void;
}
interface NativeModule {
  NodeCompiler: { create(args: { workspace: string; fontArgs: { fontPaths: string[] }[] }): NativeCompiler };
}

/** The native compiler, or undefined where none fits this machine. */
export function openNativeEngine(): Engine | undefined {
  const module = loadNative();
  if (!module) return undefined;
  // Folders are only indexed; a face is read when a text first needs it.
  const compiler = module.NodeCompiler.create({
    workspace: root,
    fontArgs: [{ fontPaths: fontFamilies.flatMap(fontFolders) }],
  });
  return {
    kind: 'native',
    typeset(request) {
      const files = Object.entries(filesOf(request));
      for (const [path, bytes] of files) compiler.mapShadow(join(root, path), Buffer.from(bytes));
      try {
        const compiled = compiler.compile({ mainFilePath: join(root, request.template) });
        const document = compiled.result;
        if (!document) {
          const error = compiled.takeError();
          throw new EngineError(error ? tellDiagnostics(compiler.fetchDiagnostics(error)) : 'no document');
        }
        const standard = request.standard ?? 'a-1a';
        let pdf: Buffer;
        try {
          pdf = compiler.pdf(document, {
            pdfStandard: standard,
            ...(request.tags === false ? { pdfTags: false } : {}),
          });
        } catch (error) {
          throw tellExportError(String((error as Error).message));
        }
        const values: Record<string, unknown[]> = {};
        for (const selector of request.query ?? []) {
          values[selector] = compiler.query(document, { selector, field: 'value' });
        }
        // A copy of its own, so that the thread can hand it over.
        return { pdf: new Uint8Array(pdf), pages: document.numOfPages, values, standard };
      } finally {
        for (const [path] of files) compiler.unmapShadow(join(root, path));
        compiler.evictCache(KEEP);
      }
    },
    forget: () => compiler.evictCache(0),
  };
}

function loadNative(): NativeModule | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  for (const libc of ['gnu', 'musl']) {
    try {
      return require(`@myriaddreamin/typst-ts-node-compiler-linux-x64-${libc}`) as NativeModule;
    } catch {
      // Not this C library: the other one, or WebAssembly.
    }
  }
  return undefined;
}

interface WasmWorld {
  get_artifact(format: number, diagnostics: number): { result?: Uint8Array; diagnostics?: Diagnostic[] };
  query(kind: number, selector: string, field: string): string;
  free(): void;
}
interface WasmCompiler {
  add_source(path: string, content: string): boolean;
  map_shadow(path: string, content: Uint8Array): boolean;
  unmap_shadow(path: string): boolean;
  set_fonts(fonts: object): void;
  snapshot(root: string, main: string): WasmWorld;
}
interface FontResolverBuilder {
  add_raw_font(bytes: Uint8Array): void;
  build(): Promise<object>;
}
interface WasmModule {
  initSync(options: { module: WebAssembly.Module }): void;
  TypstCompilerBuilder: new () => { set_dummy_access_model(): void; build(): Promise<WasmCompiler> };
  TypstFontResolverBuilder: new () => FontResolverBuilder;
}

const PDF = 1;
const FULL_DIAGNOSTICS = 3;
/** Characters of Chinese, Japanese and Korean: their faces are 60 MB and read only for a text that has them. */
const HAN =
  /[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]|[\u{20000}-\u{3ffff}]/u;
const SMALL: readonly FontFamily[] = ['Noto Sans', 'Noto Sans Arabic', 'Noto Sans Hebrew'];

/** The same compiler as WebAssembly, for every machine. It writes tagged PDF 1.7: this build cannot be asked for PDF/A. */
export async function openWasmEngine(): Promise<Engine> {
  const folder = join(dirname(require.resolve('@myriaddreamin/typst-ts-web-compiler/package.json')), 'pkg');
  // The package's own types need a browser's; these are the parts used here.
  const module = (await import(pathToFileURL(join(folder, 'typst_ts_web_compiler.mjs')).href)) as WasmModule;
  module.initSync({
    module: new WebAssembly.Module(readFileSync(join(folder, 'typst_ts_web_compiler_bg.wasm'))),
  });
  const builder = new module.TypstCompilerBuilder();
  builder.set_dummy_access_model();
  const compiler = await builder.build();
  for (const name of readdirSync(root)) {
    if (name.endsWith('.typ')) compiler.add_source(`/${name}`, readFileSync(join(root, name), 'utf8'));
  }
  let loaded: readonly FontFamily[] = [];
  const load = async (families: readonly FontFamily[]): Promise<void> => {
    if (families.length <= loaded.length) return;
    const fonts = new module.TypstFontResolverBuilder();
    for (const family of families) for (const file of fontFiles(family)) fonts.add_raw_font(readFileSync(file));
    compiler.set_fonts(await fonts.build());
    loaded = families;
  };
  return {
    kind: 'wasm',
    async typeset(request) {
      const files = Object.entries(filesOf(request));
      // PDF/A would refuse these by itself; here nobody else does.
      const missing = undrawable(JSON.stringify(request.data));
      if (missing.length > 0) throw new EngineError(`no glyph for ${missing.join(' ')}`, missing);
      await load(HAN.test(JSON.stringify(request.data)) ? fontFamilies : SMALL);
      for (const [path, bytes] of files) compiler.map_shadow(path, bytes);
      const world = compiler.snapshot('/', `/${request.template}`);
      try {
        const { result, diagnostics } = world.get_artifact(PDF, FULL_DIAGNOSTICS);
        if (!result) throw new EngineError(tellDiagnostics(diagnostics ?? []));
        const values: Record<string, unknown[]> = {};
        for (const selector of request.query ?? []) values[selector] = JSON.parse(world.query(0, selector, 'value'));
        const pdf = new Uint8Array(result);
        return { pdf, pages: countPages(pdf), values, standard: '1.7' };
      } finally {
        world.free();
        for (const [path] of files) compiler.unmap_shadow(path);
      }
    },
    forget() {},
  };
}

/** What a template finds besides its neighbours: `/data.json` and the request's own files. */
function filesOf(request: TypesetRequest): Record<string, Uint8Array> {
  return { ...request.files, '/data.json': new TextEncoder().encode(JSON.stringify(request.data)) };
}

/** From the metadata at the end of the file, where it stands as plain text. */
function countPages(pdf: Uint8Array): number {
  const text = Buffer.from(pdf.buffer, pdf.byteOffset, pdf.byteLength).toString('latin1');
  return Number(/<xmpTPg:NPages>(\d+)</.exec(text)?.[1] ?? 0);
}

function tellDiagnostics(diagnostics: Diagnostic[]): string {
  const lines = diagnostics.map(({ message, path = '', range }) => {
    const at = typeof range === 'string' ? range : range ? `${range.start.line + 1}:${range.start.character + 1}` : '';
    return `${path.startsWith(root) ? path.slice(root.length) : path}:${at} ${message}`;
  });
  return lines.join('\n') || 'unknown error';
}

/** An export in PDF/A is refused for a character without a glyph; the compiler says so only in prose. */
function tellExportError(message: string): EngineError {
  const told = [...message.matchAll(/message: "((?:[^"\\]|\\.)*)"/g)].map(
    (match) => match[1]?.replace(/\\(.)/g, '$1') ?? '',
  );
  const characters = told.flatMap((line) => /^.*the text `"(.+)"` could not be displayed/u.exec(line)?.[1] ?? []);
  return new EngineError([...new Set(told)].join('\n') || message, [...new Set(characters)]);
}
