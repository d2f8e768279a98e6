/**
 * Puts a personal letter together from pages that are set once for all readers of a language and from what is set for
 * this reader alone: sheets that are laid over pages of the notice, and pages of its own. Words, faces, tags for screen
 * readers and all that PDF/A asks for stay as the typesetter wrote them; only the trees that hold them are written anew.
 */
import { createHash } from 'node:crypto';
import {
  type Changes,
  dictOf,
  isDict,
  isRef,
  listOf,
  numberOf,
  type PdfDict,
  type PdfFile,
  type PdfRef,
  type PdfValue,
  pagesBelow,
  printDict,
  printValue,
  type Refer,
  readPdf,
} from './pdf-objects.ts';

/** A file of the typesetter, taken apart. */
export interface Leaves {
  file: PdfFile;
  catalog: PdfDict;
  /** Numbers of the objects. */
  pages: number[];
  pageTree: number;
  structRoot: number;
  /** The element all others stand in. */
  document: number;
  /** Elements right below it, by the page they begin on. */
  elements: Map<number, PdfRef[]>;
  /** What a page or an annotation says it is part of, by the number it gives. */
  parents: Map<number, PdfValue>;
}

/** The notice, ready to be written again and again. */
export interface Notice {
  leaves: Leaves;
  /** Everything that no reader changes, as it stands in the file, and where in it each object begins. */
  still: Uint8Array;
  /** Lines of the table of places, from object 1. Those of objects that change are written anew. */
  table: Uint8Array;
  /** How many objects there are, with the one no file has. */
  size: number;
  /** Entries of its trees as they stand in the file: what marks are part of, and names of table headings. */
  parents: string;
  nextParent: number;
  names: string[];
}

/** The pages of one reader in a file of many, from 0. */
export interface Parts {
  /** Laid over the notice's first page. */
  first: number;
  /** Laid over its last page; what follows up to `end` are pages of their own. */
  list?: number;
  end?: number;
}

/** Reads a file of the typesetter. */
export function takeApart(pdf: Uint8Array): Leaves {
  const file = readPdf(pdf);
  const catalog = dictOf(file, file.trailer.get('/Root'));
  const pageTree = numberOf(catalog.get('/Pages'));
  const structRoot = numberOf(catalog.get('/StructTreeRoot'));
  const root = dictOf(file, { ref: structRoot });
  const document = numberOf(listOf(file.follow(root.get('/K')))[0]);
  const parents = new Map<number, PdfValue>();
  const numbers = listOf(dictOf(file, root.get('/ParentTree')).get('/Nums'));
  for (let i = 0; i + 1 < numbers.length; i += 2) parents.set(Number(numbers[i]), numbers[i + 1] as PdfValue);
  const elements = new Map<number, PdfRef[]>();
  for (const kid of listOf(dictOf(file, { ref: document }).get('/K'))) {
    const page = isRef(kid) ? pageOf(file, kid) : undefined;
    if (page === undefined || !isRef(kid)) continue;
    const known = elements.get(page);
    if (known) known.push(kid);
    else elements.set(page, [kid]);
  }
  const pages = pagesBelow(file, pageTree);
  return { file, catalog, pages, pageTree, structRoot, document, elements, parents };
}

/**
 * Which pages of a file of many are whose: a reader's first sheet is the one with the link to the reader's page; those
 * that follow it are the list's.
 */
export function partsOf({ file, pages }: Leaves): Parts[] {
  const parts: Parts[] = [];
  for (const [place, ref] of pages.entries()) {
    const last = parts.at(-1);
    if (listOf(file.follow(dictOf(file, { ref }).get('/Annots'))).length > 0) parts.push({ first: place });
    else if (last) Object.assign(last, { list: last.list ?? place, end: place });
    else throw new Error('The first sheet of a letter has no link.');
  }
  return parts;
}

/** The page an element begins on. */
function pageOf(file: PdfFile, element: PdfRef): number | undefined {
  const dict = file.follow(element);
  if (!isDict(dict)) return undefined;
  const own = dict.get('/Pg');
  if (isRef(own)) return own.ref;
  for (const kid of listOf(file.follow(dict.get('/K')))) {
    const page = isDict(kid) ? kid.get('/Pg') : undefined;
    if (isRef(page)) return page.ref;
    const below = isRef(kid) ? pageOf(file, kid) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Writes what all letters of a notice have in common. */
export function prepareNotice(leaves: Leaves): Notice {
  const changing = new Set([leaves.pages[0], leaves.pages.at(-1), leaves.pageTree, leaves.document, leaves.structRoot]);
  const chunks: Uint8Array[] = [Buffer.from(leaves.file.header, 'latin1')];
  const places: number[] = [];
  let at = leaves.file.header.length;
  for (const number of leaves.file.numbers) {
    places[number - 1] = changing.has(number) ? 0 : at;
    if (changing.has(number)) continue;
    const chunk = bookmark(leaves.file, number) ?? leaves.file.raw(number);
    chunks.push(chunk);
    at += chunk.length;
  }
  const root = dictOf(leaves.file, { ref: leaves.structRoot });
  const idTree = leaves.file.follow(root.get('/IDTree'));
  return {
    leaves,
    still: Buffer.concat(chunks),
    table: Buffer.from(Array.from(places, (place) => lineOf(place ?? 0)).join(''), 'latin1'),
    size: places.length + 1,
    parents: [...leaves.parents].map(([key, entry]) => `${key} ${printValue(entry, sameNumber)}`).join(' '),
    nextParent: Math.max(-1, ...leaves.parents.keys()) + 1,
    names: isDict(idTree) ? listOf(idTree.get('/Names')).map((name) => printValue(name, sameNumber)) : [],
  };
}

const sameNumber: Refer = (ref) => ref;

/** Bytes of a line of the table of places (ISO 32000-1, 7.5.4). */
const LINE = 20;
const lineOf = (place: number): string => `${String(place).padStart(10, '0')} 00000 n \n`;

/**
 * A bookmark with the place it leads to written in it instead of pointed at: both are right, but Preflight, which checks
 * our files for PDF/A, only follows the first.
 */
function bookmark(file: PdfFile, number: number): Uint8Array | undefined {
  const { value } = file.get(number);
  const place = isDict(value) && value.has('/Title') ? value.get('/Dest') : undefined;
  if (!isDict(value) || !isRef(place)) return undefined;
  const written = printDict(value, sameNumber, { '/Dest': printValue(file.follow(place) ?? 'null', sameNumber) });
  return Buffer.from(`${number} 0 obj\n${written}\nendobj\n`, 'latin1');
}

/** One letter as a file. `personal` holds the pages of many readers; `parts` says which are this one's. */
export function joinLetter(notice: Notice, personal: Leaves, parts: Parts): Buffer<ArrayBuffer> {
  const { leaves: base, still } = notice;
  const chunks: Uint8Array[] = [still];
  const hash = createHash('sha256');
  const places = new Map<number, number>();
  let size = notice.size;
  let at = still.length;
  const push = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    hash.update(chunk);
    at += chunk.length;
  };
  const emit = (number: number, body: string, stream?: Uint8Array): void => {
    places.set(number, at);
    if (!stream) {
      push(Buffer.from(`${number} 0 obj\n${body}\nendobj\n`, 'latin1'));
      return;
    }
    push(Buffer.from(`${number} 0 obj\n${body}\nstream\n`, 'latin1'));
    push(stream);
    push(Buffer.from('\nendstream\nendobj\n', 'latin1'));
  };
  const newNumber = (): number => size++;

  // The reader's objects get numbers behind the notice's, when first spoken of; pages and trees stand in for theirs.
  const firstPage = base.pages[0] as number;
  const lastPage = base.pages.at(-1) as number;
  const numbers = new Map<number, number>([
    [personal.document, base.document],
    [personal.pageTree, base.pageTree],
  ]);
  const waiting: number[] = [];
  const refer: Refer = (ref) => {
    let number = numbers.get(ref);
    if (number === undefined) {
      number = newNumber();
      numbers.set(ref, number);
      waiting.push(ref);
    }
    return number;
  };
  const print = (value: PdfValue): string => printValue(value, refer);
  const printOld = (value: PdfValue): string => printValue(value, sameNumber);

  let { nextParent } = notice;
  const newParents: string[] = [];
  const parentNumber = (old: PdfValue | undefined): string | undefined => {
    const entry = typeof old === 'number' ? personal.parents.get(old) : undefined;
    if (entry === undefined) return undefined;
    newParents.push(`${nextParent} ${print(entry)}`);
    return String(nextParent++);
  };

  // A page of the reader's that is laid over one of the notice becomes a form that this page draws.
  const forms = new Map<number, number>();
  const laidOver = new Map<number, { drawn: number[]; annots: string[] }>();
  const layOver = (place: number, target: number): void => {
    const ref = personal.pages[place] as number;
    const page = dictOf(personal.file, { ref });
    const number = newNumber();
    forms.set(ref, number);
    numbers.set(ref, target);
    const known = laidOver.get(target) ?? { drawn: [], annots: [] };
    const annots = listOf(personal.file.follow(page.get('/Annots'))).map(print);
    laidOver.set(target, { drawn: [...known.drawn, number], annots: [...known.annots, ...annots] });
    const content = personal.file.get(numberOf(page.get('/Contents')));
    const body = printDict(dictOf(personal.file, content.value), refer, {
      '/Type': '/XObject',
      '/Subtype': '/Form',
      '/BBox': print(page.get('/MediaBox') ?? []),
      '/Resources': print(page.get('/Resources') ?? new Map()),
      '/StructParents': parentNumber(page.get('/StructParents')),
    });
    emit(number, body, content.stream);
  };
  layOver(parts.first, firstPage);
  if (parts.list !== undefined) layOver(parts.list, lastPage);
  const ownPages = parts.list === undefined ? [] : personal.pages.slice(parts.list + 1, (parts.end ?? parts.list) + 1);

  /** Marks on a sheet are found through the form they stand in. */
  const formOf = (page: PdfValue | undefined): number | undefined => (isRef(page) ? forms.get(page.ref) : undefined);
  const printKid = (kid: PdfValue, page: PdfValue | undefined): string => {
    if (typeof kid === 'number') {
      const form = formOf(page);
      return form === undefined
        ? String(kid)
        : `<</Type /MCR /Pg ${print(page ?? 'null')} /Stm ${form} 0 R /MCID ${kid}>>`;
    }
    if (!isDict(kid) || kid.get('/Type') !== '/MCR') return print(kid);
    const form = formOf(kid.get('/Pg') ?? page);
    return printDict(kid, refer, form === undefined ? {} : { '/Stm': `${form} 0 R` });
  };

  // Names of table headings must be found once in the file: the notice's tables have names of the same pattern.
  const names: string[] = [];
  const ownName = (id: PdfValue): string =>
    typeof id === 'string' && id.startsWith('(') ? `(R${id.slice(1)}` : print(id);
  const printAttributes = (value: PdfValue): string => {
    if (Array.isArray(value)) return `[${value.map(printAttributes).join(' ')}]`;
    const headers = isDict(value) ? value.get('/Headers') : undefined;
    if (!isDict(value) || !Array.isArray(headers)) return print(value);
    return printDict(value, refer, { '/Headers': `[${headers.map(ownName).join(' ')}]` });
  };
  const printElement = (dict: PdfDict, number: number): string => {
    const changes: Changes = {};
    const page = dict.get('/Pg');
    const kids = dict.get('/K');
    if (kids !== undefined)
      changes['/K'] = `[${listOf(kids)
        .map((kid) => printKid(kid, page))
        .join(' ')}]`;
    const attributes = dict.get('/A');
    if (attributes !== undefined) changes['/A'] = printAttributes(attributes);
    const id = dict.get('/ID');
    if (id !== undefined) {
      changes['/ID'] = ownName(id);
      names.push(`${ownName(id)} ${number} 0 R`);
    }
    return printDict(dict, refer, changes);
  };
  const emitWaiting = (): void => {
    for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
      const number = refer(ref);
      const { value, stream } = personal.file.get(ref);
      if (!isDict(value)) emit(number, print(value));
      else if (stream) emit(number, printDict(value, refer), stream);
      else if (value.get('/Type') === '/StructElem') emit(number, printElement(value, number));
      else {
        const changes: Changes = {};
        for (const key of ['/StructParent', '/StructParents']) {
          if (value.has(key)) changes[key] = parentNumber(value.get(key));
        }
        emit(number, printDict(value, refer, changes));
      }
    }
  };

  // The trees, in the order the letter is read: address, notice, list of units.
  const elementsOf = (pages: readonly (number | undefined)[]): string[] =>
    pages.flatMap((page) => (page === undefined ? [] : (personal.elements.get(page) ?? []))).map(print);
  const document = dictOf(base.file, { ref: base.document });
  const listSheet = parts.list === undefined ? undefined : personal.pages[parts.list];
  const read = [
    ...elementsOf([personal.pages[parts.first]]),
    ...listOf(document.get('/K')).map(printOld),
    ...elementsOf([listSheet, ...ownPages]),
  ];
  emit(base.document, printDict(document, sameNumber, { '/K': `[${read.join(' ')}]` }));
  const allPages = [...base.pages, ...ownPages.map(refer)].map((page) => `${page} 0 R`);
  emit(
    base.pageTree,
    printDict(dictOf(base.file, { ref: base.pageTree }), sameNumber, {
      '/Kids': `[${allPages.join(' ')}]`,
      '/Count': String(allPages.length),
    }),
  );

  // What a sheet draws must not depend on how the page below leaves the pen.
  const open = newNumber();
  emit(open, '<</Length 2>>', Buffer.from('q\n'));
  for (const target of new Set([firstPage, lastPage])) {
    const page = dictOf(base.file, { ref: target });
    const over = laidOver.get(target);
    if (!over) {
      emit(target, printDict(page, sameNumber));
      continue;
    }
    const draw = Buffer.from(`\nQ\n${over.drawn.map((_, i) => `q /Own${i} Do Q`).join('\n')}\n`);
    const close = newNumber();
    emit(close, `<</Length ${draw.length}>>`, draw);
    const resources = dictOf(base.file, page.get('/Resources'));
    const drawn = over.drawn.map((number, i) => [`/Own${i}`, `${number} 0 R`]);
    const images = base.file.follow(resources.get('/XObject'));
    const annots = [...listOf(base.file.follow(page.get('/Annots'))).map(printOld), ...over.annots];
    const changes = {
      '/Contents': `[${open} 0 R ${listOf(page.get('/Contents')).map(printOld).join(' ')} ${close} 0 R]`,
      '/Resources': printDict(resources, sameNumber, {
        '/XObject': printDict(isDict(images) ? images : new Map(), sameNumber, Object.fromEntries(drawn)),
      }),
      '/Annots': annots.length > 0 ? `[${annots.join(' ')}]` : undefined,
      '/Tabs': '/S',
    };
    emit(target, printDict(page, sameNumber, changes));
  }
  emitWaiting();

  const root = dictOf(base.file, { ref: base.structRoot });
  const allNames = [...names.sort(), ...notice.names];
  emit(
    base.structRoot,
    printDict(root, sameNumber, {
      '/ParentTree': `<</Nums [${notice.parents} ${newParents.join(' ')}]>>`,
      '/ParentTreeNextKey': String(nextParent),
      '/IDTree': allNames.length > 0 ? `<</Names [${allNames.join(' ')}]>>` : undefined,
    }),
  );
  chunks.push(...printEnd(notice, places, { size, at, id: hash.digest('hex').slice(0, 32) }));
  return Buffer.concat(chunks);
}

/** The table of where objects begin, and what a reader looks at first. */
function printEnd(
  { leaves: base, table: kept }: Notice,
  places: ReadonlyMap<number, number>,
  { size, at, id }: { size: number; at: number; id: string },
): Uint8Array[] {
  const table = Buffer.alloc((size - 1) * LINE);
  table.set(kept);
  for (const [number, place] of places) table.write(lineOf(place), (number - 1) * LINE, 'latin1');
  const [same = `<${id}>`] = listOf(base.file.trailer.get('/ID'));
  const trailer = printDict(base.file.trailer, sameNumber, {
    '/Size': String(size),
    '/ID': `[${printValue(same, sameNumber)} <${id}>]`,
  });
  const head = Buffer.from(`xref\n0 ${size}\n0000000000 65535 f \n`, 'latin1');
  return [head, table, Buffer.from(`trailer\n${trailer}\nstartxref\n${at}\n%%EOF\n`, 'latin1')];
}
