/** Writes XLIFF 2.1 and 1.2. Codes are protected: a translator's tool moves them, and neither removes nor copies them. */
import { type Coded, codesOf, isLocked, OWN_NOTE, type SegmentState, type XliffVersion } from './xliff.ts';
import type { ExportSegment, ExportUnit, XliffExport } from './xliff-export.ts';

/** Writes a file. @returns the whole document as text; its encoding is UTF-8 */
export function writeXliff(content: XliffExport, version: XliffVersion): string {
  return version === '2.1' ? writeTwo(content) : writeOne(content);
}

/** Text as XML: signs with a meaning escaped, and a line break kept as one. Signs XML cannot hold are left out. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '')
    .replace(/[&<>"\r\n\t]/g, (sign) => ENTITIES[sign] ?? '');
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 (§2.2) has no way to write these
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

const attribute = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : ` ${name}="${escapeXml(String(value))}"`;

// ── 2.1 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function writeTwo(content: XliffExport): string {
  const about: [string, string][] = [
    ['number', content.number],
    ['version', String(content.noticeVersion)],
    ['source-sha256', content.sourceHash],
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" xmlns:mda="urn:oasis:names:tc:xliff:metadata:2.0"' +
      ' xmlns:slr="urn:oasis:names:tc:xliff:sizerestriction:2.0" version="2.1"' +
      `${attribute('srcLang', content.sourceLanguage)}${attribute('trgLang', content.targetLanguage)}>`,
    `  <file id="notice-${content.noticeId}"${attribute('original', content.number)} canResegment="no" xml:space="preserve">`,
    '    <slr:profiles generalProfile="xliff:codepoints"/>',
    '    <mda:metadata>',
    '      <mda:metaGroup category="notice">',
    ...about.map(([type, value]) => `        <mda:meta type="${type}">${escapeXml(value)}</mda:meta>`),
    '      </mda:metaGroup>',
    '    </mda:metadata>',
    ...content.units.map((unit) => writeUnit(unit, content.shown)),
    '  </file>',
    '</xliff>',
    '',
  ].join('\n');
}

function writeUnit(unit: ExportUnit, shown: (native: string) => string): string {
  const natives = [...new Set(unit.segments.flatMap((one) => [...one.source, ...(one.target ?? [])]).flatMap(dataOf))];
  const data = new Map(natives.map((native, index) => [native, `d${index + 1}`]));
  return [
    `    <unit${attribute('id', unit.name)}${attribute('slr:sizeRestriction', unit.limit)}>`,
    '      <notes>',
    ...unit.notes.map(
      (note, index) => `        <note id="n${index + 1}" category="${OWN_NOTE}">${escapeXml(note)}</note>`,
    ),
    '      </notes>',
    ...(natives.length === 0
      ? []
      : [
          '      <originalData>',
          ...natives.map((native) => `        <data id="${data.get(native)}">${escapeXml(native)}</data>`),
          '      </originalData>',
        ]),
    ...unit.segments.map((segment, index) => writeSegment(segment, index, data, shown)),
    '    </unit>',
  ].join('\n');
}

/** What is kept as original data: a code as it is, the two ends of one that encloses words. */
function dataOf(coded: Coded): string[] {
  if (coded.kind === 'text') return [];
  if (coded.kind === 'code') return [coded.native];
  return [...halves(coded.native), ...coded.children.flatMap(dataOf)];
}

/** `****` is `**` before and after; `[](address)` is `[` before and `](address)` after. */
function halves(native: string): [string, string] {
  const at = native.startsWith('[') ? 1 : native.length / 2;
  return [native.slice(0, at), native.slice(at)];
}

function writeSegment(
  segment: ExportSegment,
  index: number,
  data: ReadonlyMap<string, string>,
  shown: (native: string) => string,
): string {
  const inline = (coded: readonly Coded[]): string => coded.map((one) => writeInline(one, data, shown)).join('');
  return (
    `      <segment id="s${index + 1}" state="${segment.state}"><source>${inline(segment.source)}</source>` +
    `${segment.target ? `<target>${inline(segment.target)}</target>` : ''}</segment>`
  );
}

const PROTECTED = 'canCopy="no" canDelete="no"';

function writeInline(coded: Coded, data: ReadonlyMap<string, string>, shown: (native: string) => string): string {
  if (coded.kind === 'text') return escapeXml(coded.text);
  const id = `c${coded.id}`;
  if (coded.kind === 'code') {
    const kind = isLocked(coded.native)
      ? `type="other" subType="ff:${coded.native.startsWith('{@') ? 'section' : 'fact'}" ${PROTECTED}`
      : 'type="fmt" subType="xlf:lb"';
    const words = isLocked(coded.native)
      ? attribute('equiv', shown(coded.native)) + attribute('disp', coded.native)
      : ' equiv=" "';
    return `<ph id="${id}" ${kind}${words}${attribute('dataRef', data.get(coded.native))}/>`;
  }
  const [before, after] = halves(coded.native).map((half) => data.get(half));
  const kind = coded.native.startsWith('[')
    ? `type="link" subType="ff:link"${attribute('dispEnd', coded.native.slice(2))}`
    : `type="fmt" subType="xlf:${coded.native === '****' ? 'b' : 'i'}"`;
  const children = coded.children.map((one) => writeInline(one, data, shown)).join('');
  return (
    `<pc id="${id}" ${kind} ${PROTECTED} canOverlap="no"` +
    `${attribute('dataRefStart', before)}${attribute('dataRefEnd', after)}>${children}</pc>`
  );
}

// ── 1.2 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const stateOne: Readonly<Record<SegmentState, string>> = {
  initial: 'needs-translation',
  translated: 'translated',
  reviewed: 'signed-off',
  final: 'final',
};

/** 1.2 has no segments within a unit that every tool keeps: each is a unit of its own, in the group of its text. */
function writeOne(content: XliffExport): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" xmlns:ff="urn:fieldfix:notice" version="1.2">',
    `  <file original="notice-${content.noticeId}" datatype="x-notice"${attribute('source-language', content.sourceLanguage)}` +
      `${attribute('target-language', content.targetLanguage)}${attribute('product-name', content.number)}` +
      `${attribute('product-version', content.noticeVersion)}${attribute('ff:source-sha256', content.sourceHash)} xml:space="preserve">`,
    '    <body>',
    ...content.units.map((unit) => writeGroup(unit, content.shown)),
    '    </body>',
    '  </file>',
    '</xliff>',
    '',
  ].join('\n');
}

function writeGroup(unit: ExportUnit, shown: (native: string) => string): string {
  return [
    `      <group${attribute('id', unit.name)}${attribute('resname', unit.name)}>`,
    ...unit.notes.map((note) => `        <note from="${OWN_NOTE}">${escapeXml(note)}</note>`),
    ...unit.segments.map((segment, index) => {
      // A limit holds for the whole text; it can be told only where the text is one segment.
      const limit = unit.segments.length === 1 ? unit.limit : undefined;
      const size = limit === undefined ? '' : `${attribute('maxwidth', limit)} size-unit="char"`;
      const approved = segment.target ? ` approved="${segment.state === 'final' ? 'yes' : 'no'}"` : '';
      return [
        `        <trans-unit id="${unit.name}.${index + 1}"${approved}${size}>`,
        `          <source>${writeCodes(segment.source, shown)}</source>`,
        ...(segment.target
          ? [`          <target state="${stateOne[segment.state]}">${writeCodes(segment.target, shown)}</target>`]
          : []),
        ...codesOf(segment.source)
          .filter(({ native }) => isLocked(native))
          .map(
            ({ native }) =>
              `          <note from="${OWN_NOTE}">${escapeXml(`${native} is printed as: ${shown(native)}`)}</note>`,
          ),
        '        </trans-unit>',
      ].join('\n');
    }),
    '      </group>',
  ].join('\n');
}

function writeCodes(coded: readonly Coded[], shown: (native: string) => string): string {
  return coded
    .map((one) => {
      if (one.kind === 'text') return escapeXml(one.text);
      if (one.kind === 'span') {
        const ctype = one.native.startsWith('[') ? 'link' : one.native === '****' ? 'bold' : 'italic';
        return `<g id="${one.id}" ctype="${ctype}" clone="no"${attribute('equiv-text', one.native)}>${writeCodes(one.children, shown)}</g>`;
      }
      if (!isLocked(one.native)) return `<x id="${one.id}" ctype="lb"${attribute('equiv-text', one.native)}/>`;
      const ctype = one.native.startsWith('{@') ? 'x-section' : 'x-fact';
      return `<ph id="${one.id}" ctype="${ctype}"${attribute('equiv-text', shown(one.native))}>${escapeXml(one.native)}</ph>`;
    })
    .join('');
}
