/**
 * Puts a personal letter together from pages that are set once for all readers of a language and from what is set for
 * this reader alone: sheets that are laid over pages of the notice, and pages of its own. Words, faces, tags for screen
 * readers and all that PDF/A asks for stay as the typesetter wrote them; only the trees that hold them are written anew.
 */
import { createHash } from 'node:crypto';
import {
  PDFArray,
  type PDFContext,
  PDFDict,
  PDFDocument,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFString,
} from '@cantoo/pdf-lib';

/** A file of the typesetter, taken apart. */
export interface Leaves {
  context: PDFContext;
  catalog: PDFDict;
  pages: PDFRef[];
  pageTree: PDFRef;
  structRoot: PDFDict;
  /** The element all others stand in. */
  document: PDFRef;
  /** Elements right below it, by the page they begin on. */
  elements: Map<PDFRef, PDFRef[]>;
  /** What a page or an annotation says it is part of, by the number it gives. */
  parents: Map<number, PDFObject>;
}

/** The notice, ready to be written again and again. */
export interface Notice {
  leaves: Leaves;
  /** Everything that no reader changes, as it stands in the file, and where in it each object begins. */
  still: Buffer;
  places: readonly number[];
}

/** The pages of one reader in a file of many, from 0. */
export interface Parts {
  /** Laid over the notice's first page. */
  first: number;
  /** Laid over its last page; what follows up to `end` are pages of their own. */
  list?: number;
  end?: number;
}

const HEADER = '%PDF-1.7\n%\xc3\xa4\xc3\xb6\xc3\xbc\n';
const N = (text: string): PDFName => PDFName.of(text);
const KEY = {
  pages: N('Pages'),
  kids: N('Kids'),
  k: N('K'),
  page: N('Pg'),
  type: N('Type'),
  parentTree: N('ParentTree'),
  structRoot: N('StructTreeRoot'),
  resources: N('Resources'),
  annots: N('Annots'),
  contents: N('Contents'),
} as const;

/** Reads a file of the typesetter. */
export async function takeApart(pdf: Uint8Array): Promise<Leaves> {
  const file = await PDFDocument.load(pdf, { updateMetadata: false });
  const { context, catalog } = file;
  const structRoot = catalog.lookup(KEY.structRoot, PDFDict);
  const top = structRoot.lookup(KEY.k, PDFArray).get(0) as PDFRef;
  const parents = new Map<number, PDFObject>();
  const numbers = structRoot.lookup(KEY.parentTree, PDFDict).lookup(N('Nums'), PDFArray);
  for (let i = 0; i + 1 < numbers.size(); i += 2) {
    parents.set(numbers.lookup(i, PDFNumber).asNumber(), numbers.get(i + 1));
  }
  const elements = new Map<PDFRef, PDFRef[]>();
  for (const kid of listOf(context.lookup(top, PDFDict).lookup(KEY.k))) {
    const page = kid instanceof PDFRef ? pageOf(context, kid) : undefined;
    if (!page || !(kid instanceof PDFRef)) continue;
    const known = elements.get(page);
    if (known) known.push(kid);
    else elements.set(page, [kid]);
  }
  return {
    context,
    catalog,
    pages: file.getPages().map((page) => page.ref),
    pageTree: catalog.get(KEY.pages) as PDFRef,
    structRoot,
    document: top,
    elements,
    parents,
  };
}

function listOf(value: PDFObject | undefined): PDFObject[] {
  if (value === undefined) return [];
  return value instanceof PDFArray ? value.asArray() : [value];
}

/** The page an element begins on. */
function pageOf(context: PDFContext, element: PDFRef): PDFRef | undefined {
  const dict = context.lookup(element);
  if (!(dict instanceof PDFDict)) return undefined;
  const own = dict.get(KEY.page);
  if (own instanceof PDFRef) return own;
  for (const kid of listOf(dict.lookup(KEY.k))) {
    if (kid instanceof PDFDict && kid.get(KEY.page) instanceof PDFRef) return kid.get(KEY.page) as PDFRef;
    const page = kid instanceof PDFRef ? pageOf(context, kid) : undefined;
    if (page) return page;
  }
  return undefined;
}

/** Writes what all letters of a notice have in common. */
export function prepareNotice(leaves: Leaves): Notice {
  const changing = new Set([
    leaves.pages[0],
    leaves.pages.at(-1),
    leaves.pageTree,
    leaves.document,
    leaves.catalog.get(KEY.structRoot),
  ]);
  const chunks = [Buffer.from(HEADER, 'latin1')];
  const places: number[] = [];
  let at = HEADER.length;
  for (const [ref, object] of leaves.context.enumerateIndirectObjects()) {
    if (changing.has(ref)) {
      places[ref.objectNumber] ??= 0;
      continue;
    }
    const body = new Uint8Array(object.sizeInBytes());
    object.copyBytesInto(body, 0);
    const chunk = Buffer.concat([Buffer.from(`${ref.objectNumber} 0 obj\n`), body, Buffer.from('\nendobj\n')]);
    places[ref.objectNumber] = at;
    chunks.push(chunk);
    at += chunk.length;
  }
  return { leaves, still: Buffer.concat(chunks), places };
}

/** Prints an object; `refer` says the number another object has in the new file. */
type Refer = (ref: PDFRef) => number;
type Changes = Record<string, string | undefined>;

function printObject(object: PDFObject, refer: Refer): string {
  if (object instanceof PDFRef) return `${refer(object)} 0 R`;
  if (object instanceof PDFDict) return printDict(object, refer);
  if (object instanceof PDFArray) {
    return `[${object
      .asArray()
      .map((item) => printObject(item, refer))
      .join(' ')}]`;
  }
  return object.toString();
}

function printDict(dict: PDFDict, refer: Refer, changes: Changes = {}): string {
  let text = '<<';
  for (const [key, value] of dict.entries()) {
    const written = key.asString();
    if (!Object.hasOwn(changes, written)) text += `${written} ${printObject(value, refer)}\n`;
  }
  for (const [key, value] of Object.entries(changes)) if (value !== undefined) text += `${key} ${value}\n`;
  return `${text}>>`;
}

/** One letter as a file. `personal` holds the pages of many readers; `parts` says which are this one's. */
export function joinLetter(
  { leaves: base, still, places: kept }: Notice,
  personal: Leaves,
  parts: Parts,
): Buffer<ArrayBuffer> {
  const chunks: Buffer[] = [still];
  const places = [...kept];
  let at = still.length;
  const emit = (number: number, body: string, stream?: Uint8Array): void => {
    const end = stream ? '\nendstream\nendobj\n' : '\nendobj\n';
    const head = Buffer.from(`${number} 0 obj\n${body}${stream ? '\nstream\n' : end}`, 'latin1');
    places[number] = at;
    chunks.push(head);
    at += head.length;
    if (!stream) return;
    chunks.push(Buffer.from(stream.buffer, stream.byteOffset, stream.length), Buffer.from(end));
    at += stream.length + end.length;
  };
  const newNumber = (): number => {
    places.push(0);
    return places.length - 1;
  };

  // The reader's objects get numbers behind the notice's, when first spoken of; pages and trees stand in for theirs.
  const pageOfNotice = { first: base.pages[0] as PDFRef, last: base.pages.at(-1) as PDFRef };
  const numbers = new Map<PDFRef, number>([
    [personal.document, base.document.objectNumber],
    [personal.pageTree, base.pageTree.objectNumber],
  ]);
  const waiting: PDFRef[] = [];
  const refer: Refer = (ref) => {
    let number = numbers.get(ref);
    if (number === undefined) {
      number = newNumber();
      numbers.set(ref, number);
      waiting.push(ref);
    }
    return number;
  };
  const sameNumber: Refer = (ref) => ref.objectNumber;

  let nextParent = Math.max(-1, ...base.parents.keys()) + 1;
  const newParents: string[] = [];
  const parentNumber = (old: PDFObject | undefined): string | undefined => {
    const entry = old instanceof PDFNumber ? personal.parents.get(old.asNumber()) : undefined;
    if (!entry) return undefined;
    newParents.push(`${nextParent} ${printObject(entry, refer)}`);
    return String(nextParent++);
  };

  // A page of the reader's that is laid over one of the notice becomes a form that this page draws.
  const sheets = new Map<PDFRef, number>();
  const laidOver = new Map<PDFRef, { drawn: number[]; annots: string[] }>();
  const layOver = (place: number, target: PDFRef): void => {
    const ref = personal.pages[place] as PDFRef;
    const page = personal.context.lookup(ref, PDFDict);
    const number = newNumber();
    sheets.set(ref, number);
    numbers.set(ref, target.objectNumber);
    const known = laidOver.get(target) ?? { drawn: [], annots: [] };
    laidOver.set(target, {
      drawn: [...known.drawn, number],
      annots: [...known.annots, ...listOf(page.lookup(KEY.annots)).map((each) => printObject(each, refer))],
    });
    const content = page.lookup(KEY.contents) as PDFRawStream;
    const body = printDict(content.dict, refer, {
      '/Type': '/XObject',
      '/Subtype': '/Form',
      '/BBox': printObject(page.lookup(N('MediaBox')) as PDFObject, refer),
      '/Resources': printObject(page.lookup(KEY.resources) as PDFObject, refer),
      '/StructParents': parentNumber(page.get(N('StructParents'))),
    });
    emit(number, body, content.contents);
  };
  layOver(parts.first, pageOfNotice.first);
  if (parts.list !== undefined) layOver(parts.list, pageOfNotice.last);
  const ownPages = parts.list === undefined ? [] : personal.pages.slice(parts.list + 1, (parts.end ?? parts.list) + 1);

  /** Marks on a sheet are found through the form they stand in. */
  const markOn = (sheet: PDFObject | undefined): string => {
    const form = sheet instanceof PDFRef ? sheets.get(sheet) : undefined;
    return form === undefined ? '' : `/Stm ${form} 0 R `;
  };
  const printKid = (kid: PDFObject, page: PDFObject | undefined): string => {
    if (kid instanceof PDFNumber && markOn(page) !== '') {
      return `<</Type /MCR /Pg ${printObject(page as PDFObject, refer)} ${markOn(page)}/MCID ${kid.asNumber()}>>`;
    }
    if (kid instanceof PDFDict && kid.get(KEY.type) === N('MCR')) {
      const form = sheets.get((kid.get(KEY.page) ?? page) as PDFRef);
      return printDict(kid, refer, form === undefined ? {} : { '/Stm': `${form} 0 R` });
    }
    return printObject(kid, refer);
  };

  // Names of table headings must be found once in the file: the notice's tables have names of the same pattern.
  const names: string[] = [];
  const ownName = (id: PDFString): string => `(R${id.asString()})`;
  const printAttributes = (object: PDFObject): string => {
    if (object instanceof PDFArray) return `[${object.asArray().map(printAttributes).join(' ')}]`;
    if (!(object instanceof PDFDict)) return printObject(object, refer);
    const headers = object.lookup(N('Headers'));
    if (!(headers instanceof PDFArray)) return printDict(object, refer);
    const own = headers.asArray().map((id) => (id instanceof PDFString ? ownName(id) : printObject(id, refer)));
    return printDict(object, refer, { '/Headers': `[${own.join(' ')}]` });
  };
  const printElement = (dict: PDFDict, number: number): string => {
    const changes: Changes = {};
    const page = dict.get(KEY.page);
    const kids = dict.lookup(KEY.k);
    if (kids)
      changes['/K'] = `[${listOf(kids)
        .map((kid) => printKid(kid, page))
        .join(' ')}]`;
    const attributes = dict.lookup(N('A'));
    if (attributes) changes['/A'] = printAttributes(attributes);
    const id = dict.lookup(N('ID'));
    if (id instanceof PDFString) {
      changes['/ID'] = ownName(id);
      names.push(`${ownName(id)} ${number} 0 R`);
    }
    return printDict(dict, refer, changes);
  };
  const emitWaiting = (): void => {
    for (let ref = waiting.pop(); ref; ref = waiting.pop()) {
      const number = refer(ref);
      const object = personal.context.lookup(ref);
      if (object instanceof PDFRawStream) emit(number, printDict(object.dict, refer), object.contents);
      else if (object instanceof PDFDict && object.get(KEY.type) === N('StructElem'))
        emit(number, printElement(object, number));
      else if (object instanceof PDFDict) {
        const changes: Changes = {};
        for (const key of ['StructParent', 'StructParents']) {
          if (object.has(N(key))) changes[`/${key}`] = parentNumber(object.get(N(key)));
        }
        emit(number, printDict(object, refer, changes));
      } else if (object) emit(number, printObject(object, refer));
    }
  };

  // The trees, in the order the letter is read: address, notice, list of units.
  const elementsOf = (pages: readonly (PDFRef | undefined)[]): string[] =>
    pages.flatMap((page) => (page ? (personal.elements.get(page) ?? []) : [])).map((each) => printObject(each, refer));
  const document = base.context.lookup(base.document, PDFDict);
  const listSheet = parts.list === undefined ? undefined : personal.pages[parts.list];
  const read = [
    ...elementsOf([personal.pages[parts.first]]),
    ...listOf(document.lookup(KEY.k)).map((each) => printObject(each, sameNumber)),
    ...elementsOf([listSheet, ...ownPages]),
  ];
  emit(base.document.objectNumber, printDict(document, sameNumber, { '/K': `[${read.join(' ')}]` }));
  const pageTree = base.context.lookup(base.pageTree, PDFDict);
  const allPages = [...base.pages.map((page) => page.objectNumber), ...ownPages.map(refer)];
  emit(
    base.pageTree.objectNumber,
    printDict(pageTree, sameNumber, {
      '/Kids': `[${allPages.map((page) => `${page} 0 R`).join(' ')}]`,
      '/Count': String(allPages.length),
    }),
  );

  // What a sheet draws must not depend on how the page below leaves the pen.
  const open = newNumber();
  emit(open, '<</Length 2>>', Buffer.from('q\n'));
  for (const target of new Set([pageOfNotice.first, pageOfNotice.last])) {
    const page = base.context.lookup(target, PDFDict);
    const over = laidOver.get(target);
    if (!over) {
      emit(target.objectNumber, printDict(page, sameNumber));
      continue;
    }
    const draw = Buffer.from(`\nQ\n${over.drawn.map((_, i) => `q /Own${i} Do Q`).join('\n')}\n`);
    const close = newNumber();
    emit(close, `<</Length ${draw.length}>>`, draw);
    const resources = page.lookup(KEY.resources, PDFDict);
    const images = resources.lookup(N('XObject'));
    const forms = over.drawn.map((number, i) => [`/Own${i}`, `${number} 0 R`]);
    const annots = [...listOf(page.lookup(KEY.annots)).map((each) => printObject(each, sameNumber)), ...over.annots];
    emit(
      target.objectNumber,
      printDict(page, sameNumber, {
        '/Contents': `[${open} 0 R ${listOf(page.get(KEY.contents))
          .map((each) => printObject(each, sameNumber))
          .join(' ')} ${close} 0 R]`,
        '/Resources': printDict(resources, sameNumber, {
          '/XObject': printDict(
            images instanceof PDFDict ? images : base.context.obj({}),
            sameNumber,
            Object.fromEntries(forms),
          ),
        }),
        '/Annots': annots.length > 0 ? `[${annots.join(' ')}]` : undefined,
        '/Tabs': '/S',
      }),
    );
  }
  emitWaiting();

  const rootRef = base.catalog.get(KEY.structRoot) as PDFRef;
  const oldParents = [...base.parents].map(([key, entry]) => `${key} ${printObject(entry, sameNumber)}`);
  const idTree = base.structRoot.lookup(N('IDTree'));
  const oldNames =
    idTree instanceof PDFDict ? listOf(idTree.lookup(N('Names'))).map((each) => printObject(each, sameNumber)) : [];
  const allNames = [...names.sort(), ...oldNames];
  emit(
    rootRef.objectNumber,
    printDict(base.structRoot, sameNumber, {
      '/ParentTree': `<</Nums [${[...oldParents, ...newParents].join(' ')}]>>`,
      '/ParentTreeNextKey': String(nextParent),
      '/IDTree': allNames.length > 0 ? `<</Names [${allNames.join(' ')}]>>` : undefined,
    }),
  );
  const hash = createHash('sha256');
  for (const chunk of chunks.slice(1)) hash.update(chunk);
  chunks.push(Buffer.from(trailer(base, places, at, hash.digest('hex').slice(0, 32))));
  return Buffer.concat(chunks);
}

/** The table of where objects begin, and what a reader looks at first. */
function trailer(base: Leaves, places: readonly number[], at: number, id: string): string {
  const line = (place: number): string => `${String(place).padStart(10, '0')} 00000 n \n`;
  const table = Array.from(places, (place, number) => (number === 0 ? '0000000000 65535 f \n' : line(place ?? 0))).join(
    '',
  );
  const { Root, Info, ID } = base.context.trailerInfo;
  const first = ID instanceof PDFArray ? ID.get(0).toString() : `<${id}>`;
  const info = Info instanceof PDFRef ? `/Info ${Info.objectNumber} 0 R\n` : '';
  return `xref\n0 ${places.length}\n${table}trailer\n<</Size ${places.length}\n/Root ${(Root as PDFRef).objectNumber} 0 R\n${info}/ID [${first} <${id}>]>>\nstartxref\n${at}\n%%EOF\n`;
}
