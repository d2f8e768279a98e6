/**
 * Personal letters with their forms in five languages, against headless Chromium printing the same letters with the same
 * form on the same cores. What Chromium prints cannot be filled in; ours can.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { sampleNotice, sampleNoticeFacts } from '../../sample/notice/document.ts';
import { type FormFiller, openFormFiller } from '../../src/adapters/paper-form.ts';
import { openTypesetter, type Typesetter } from '../../src/adapters/typst.ts';
import { fontFiles } from '../../src/adapters/typst-fonts.ts';
import { drawForm } from '../../src/app/paper-forms.ts';
import { composeCommon, composePersonal, type LetterCommon, type LetterPersonal } from '../../src/domain/letter.ts';
import { noticeLanguages } from '../../src/domain/notice.ts';
import { escapeHtml, toHtml } from '../../src/domain/notice-html.ts';
import { directionOf, renderNotice } from '../../src/domain/notice-render.ts';
import { makeFormName } from '../../src/domain/paper-form-code.ts';
import type { PaperPage } from '../../src/domain/paper-form-page.ts';
import type { PaperBlock, PaperPart } from '../../src/domain/paper-form-parts.ts';
import { fontFamilies } from '../../src/domain/script-fonts.ts';
import { translator } from '../../src/http/translate.ts';
import { closeBrowser, withBrowser } from '../helpers/browser.ts';
import { contentOf, contextOf, secret } from '../helpers/paper.ts';
import { type Bench, judgeRatio } from './bench.ts';

const LETTERS = 2_000;
const BY_BROWSER = 100;
const IN_A_ROW = 100_000;
const TURNS = 4;
const TIMES = 10;
const GROWTH = 1.2;

/** Five languages, those with other scripts among them. */
function languages(): string[] {
  const written = noticeLanguages(sampleNotice, 'dx-recall');
  const wanted = ['de', 'ja', 'ar', 'it', 'en', ...written];
  return [...new Set(wanted)].filter((language) => written.includes(language)).slice(0, 5);
}

function commonIn(language: string): LetterCommon {
  const notice = renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts);
  return composeCommon(
    {
      notice,
      facts: sampleNoticeFacts,
      audience: 'dx-recall',
      kind: 'notice',
      paper: 'a4',
      number: 'M-AMR-00496',
      version: 1,
      day: '2022-05-04',
      dates: 'language',
      ivd: true,
    },
    translator(language),
  );
}

/** How many instruments a reader has, as in the example: most one to three, some many. */
const unitsOf = (nth: number): number => (nth % 20 === 0 ? 12 : 1 + (nth % 3));

/** Readers, each with a list of instruments. */
function readersOf(language: string, from: number, count: number): LetterPersonal[] {
  const say = translator(language);
  return Array.from({ length: count }, (_, i) => {
    const nth = from + i;
    const units = unitsOf(nth);
    return composePersonal(
      {
        address: `Labor ${nth}, Musterstadt\nErika Musterfrau\nMusterstraße ${1 + (nth % 90)}\n12345 Musterstadt\nDE`,
        link: `https://fieldfix.example/p/${String(nth).padStart(26, '0123456789abcdefghjkmnpqrs')}`,
        replyBy: '2022-05-11',
        units: Array.from({ length: units }, (_unit, k) => ({
          product: k % 2 === 0 ? 'NextSeq 550Dx' : 'MiSeqDx',
          serial: `NB55${String(nth * 13 + k).padStart(6, '0')}`,
          site: 'Hauptgebäude, Raum 4',
          environments: ['Dx', 'RUO'],
        })),
      },
      say,
    );
  });
}

/** The form of a reader: his name, his instruments with numbers of their own. */
function formOf(language: string, nth: number): PaperPage {
  const say = translator(language);
  const context = contextOf(unitsOf(nth));
  for (const [i, unit] of context.units.entries()) {
    unit.serial = `NB55${String((nth * 13 + i) % 1_000_000).padStart(6, '0')}`;
    for (const [j, correction] of unit.corrections.entries()) correction.id = nth * 100 + i * 2 + j + 1;
  }
  return {
    language,
    direction: say.direction,
    paper: 'a4',
    title: say('form.paper.title'),
    reference: 'FSN2022-1230',
    who: `Labor ${nth}, Musterstadt · Erika Musterfrau`,
    back: `${say('form.paper.back', { day: '2022-05-11', email: 'techsupport@maker.example' })} ${say('form.paper.how')}`,
    foot: say('form.paper.foot', { version: 1, code: '{code}' }),
    pageWords: say('form.paper.page', { page: '{page}', pages: '{pages}' }),
    day: '2022-05-04',
    content: contentOf(context, language),
  };
}

const codeOf = (nth: number): string => {
  const bytes = Buffer.alloc(7);
  bytes.writeUInt32BE(nth, 3);
  return makeFormName(bytes);
};

interface Press {
  typesetter: Typesetter;
  formFiller: FormFiller;
  settings: { secret: Buffer };
}

/** Letters and forms of one language, composed: what each way of printing is given. */
interface Pile {
  common: LetterCommon;
  letters: LetterPersonal[];
  forms: { page: PaperPage; code: string }[];
}

function composeAll(from: number, count: number): Pile[] {
  const each = Math.ceil(count / languages().length);
  return languages().map((language, place) => {
    const first = from + place * each;
    const forms = Array.from({ length: each }, (_, i) => ({
      page: formOf(language, first + i),
      code: codeOf(first + i),
    }));
    return { common: commonIn(language), letters: readersOf(language, first, each), forms };
  });
}

/** Seconds for letters with their forms: as the job does it, a few hundred at a time. */
async function printOurs(press: Press, piles: readonly Pile[]): Promise<number> {
  const began = performance.now();
  await Promise.all(
    piles.flatMap(({ common, letters, forms }) => [
      (async () => {
        for (let done = 0; done < letters.length; done += 200)
          await press.typesetter.letters({ common, letters: letters.slice(done, done + 200) });
      })(),
      (async () => {
        for (let done = 0; done < forms.length; done += 50)
          await Promise.all(forms.slice(done, done + 50).map(({ page, code }) => drawForm(press, page, code, false)));
      })(),
    ]),
  );
  return (performance.now() - began) / 1000;
}

/**
 * Seconds for many thousands, composed a few at a time so that they need not lie in memory together, and the most
 * megabytes that the process had after one of those times.
 */
async function printAllOurs(press: Press, from: number, count: number): Promise<{ seconds: number; most: number }> {
  let [seconds, most] = [0, 0];
  const some = 2_000;
  for (let done = 0; done < count; done += some) {
    seconds += await printOurs(press, composeAll(from + done, Math.min(some, count - done)));
    most = Math.max(most, Math.round(process.memoryUsage.rss() / 1e6));
  }
  return { seconds, most };
}

const BOX = 'display:inline-block;border:.5pt solid;height:9pt';
/** A piece of the form as the browser draws it. */
function partHtml(part: PaperPart): string {
  if (part.t === 'words') return part.style ? `<b>${escapeHtml(part.text)}</b> ` : `${escapeHtml(part.text)} `;
  if (part.t === 'tick') return `<span style="${BOX};width:9pt"></span> ${escapeHtml(part.label)} `;
  return `${escapeHtml(part.label)} <span style="${BOX};width:${part.width ?? 120}pt"></span> `;
}
const partsHtml = (parts: readonly PaperPart[]): string => parts.map(partHtml).join('');

function blockHtml(block: PaperBlock): string {
  if (block.kind === 'heading') return `<h4>${escapeHtml(block.text)}</h4>`;
  if (block.kind === 'groups')
    return block.rows
      .map((row) => `<p>${row.map((one) => partsHtml([...one.head, ...one.writes])).join(' ')}</p>`)
      .join('');
  if (block.kind === 'signature') return `<p>${block.date ? partHtml(block.date) : ''}${partHtml(block.sign)}</p>`;
  if (block.kind === 'rows') {
    const head = block.head.map((words) => `<th>${escapeHtml(words)}</th>`).join('');
    const rows = block.rows.map((row) => `<tr>${row.map((cell) => `<td>${partsHtml(cell)}</td>`).join('')}</tr>`);
    return `<table><tr>${head}</tr>${rows.join('')}</table>`;
  }
  const head = block.columns.map(
    (column) =>
      `<th>${escapeHtml(column.title)}<br><small>${column.legend.map((entry) => `<b>${entry.key}</b> ${escapeHtml(entry.text)} `).join('')}</small></th>`,
  );
  const units = block.units.map((unit) => {
    const rows = unit.rows.map(
      (row) =>
        `<tr><th>${escapeHtml(row.label)}</th>${row.cells.map((lines) => `<td>${lines.map(partsHtml).join('<br>')}</td>`).join('')}</tr>`,
    );
    return `<tr><td colspan="${block.columns.length + 1}">${partsHtml(unit.head)}</td></tr>${rows.join('')}`;
  });
  return `<table><tr><th></th>${head.join('')}</tr>${units.join('')}</table>`;
}

/** The same form as a page of the browser's, but for its code and its fields. */
function formHtml(page: PaperPage): string {
  const blocks = page.content.blocks.map(blockHtml).join('');
  return `<section style="break-before:page;font-size:8pt"><h2>${escapeHtml(page.title)} ${page.reference}</h2><p>${escapeHtml(page.who)}</p><p>${escapeHtml(page.back)}</p>${blocks}</section>`;
}

/** The same letter as a page of the browser's: same words, same faces, header and footer on each sheet. */
function letterPage(common: LetterCommon, personal: LetterPersonal, language: string, form: string): string {
  const lines = personal.address.map((line) => escapeHtml(line.text)).join('<br>');
  const rows = personal.units.map(
    (unit) => `<tr>${unit.map((cell) => `<td>${escapeHtml(cell.text)}</td>`).join('')}</tr>`,
  );
  const notice = renderNotice(sampleNotice, 'dx-recall', language, sampleNoticeFacts);
  return `<!doctype html><html lang="${language}" dir="${directionOf(language)}"><meta charset="utf-8"><title>${escapeHtml(common.title)}</title>
<style>${fontFamilies
    .map((family) => {
      const [regular = '', bold = ''] = fontFiles(family).map((file) => pathToFileURL(file).href);
      return `@font-face{font-family:"${family}";src:url(${regular})}@font-face{font-family:"${family}";font-weight:700;src:url(${bold})}`;
    })
    .join('')}
body{font:10pt ${common.fonts.map((font) => `"${font}"`).join(',')}}table{border-collapse:collapse;width:100%}td,th{border:1px solid #888;padding:1mm 1.6mm;text-align:start}</style>
<p>${lines}</p><p style="border:1px solid;padding:3mm"><b>${escapeHtml(common.words.pageTitle)}</b><br>${escapeHtml(common.words.pageText)}<br><b>${escapeHtml(personal.link)}</b><br>${escapeHtml(personal.summary)}</p>
${toHtml(notice)}<h3>${escapeHtml(personal.title)}</h3><table><thead><tr>${common.words.columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>${form}</html>`;
}

/** Opens so many pages of one browser, and closes it after `work`. */
function withPages<T>(count: number, work: (pages: Page[]) => Promise<T>, open: Page[] = []): Promise<T> {
  if (open.length === count) return work(open);
  return withBrowser({}, (page) => withPages(count, work, [...open, page]));
}

const FOOTER = '<div style="font-size:8px"><span class="pageNumber"></span> / <span class="totalPages"></span></div>';

async function printPage(page: Page, html: string): Promise<void> {
  await page.setContent(html, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.pdf({
    format: 'A4',
    displayHeaderFooter: true,
    headerTemplate: '<span></span>',
    footerTemplate: FOOTER,
    tagged: true,
  });
}

/** Seconds for letters that the pages take from one pile, composed before as ours are. */
async function printAll(pages: readonly Page[], letters: readonly string[]): Promise<number> {
  const pile = [...letters];
  const began = performance.now();
  await Promise.all(
    pages.map(async (page) => {
      for (let html = pile.pop(); html !== undefined; html = pile.pop()) await printPage(page, html);
    }),
  );
  return (performance.now() - began) / 1000;
}

/** Letters as pages of the browser's, from all languages in turn. */
function lettersForBrowser(count: number): string[] {
  const spoken = languages().map((language) => {
    const common = commonIn(language);
    return (nth: number) =>
      readersOf(language, nth, 1).map((letter) =>
        letterPage(common, letter, language, formHtml(formOf(language, nth))),
      );
  });
  return Array.from({ length: count }, (_, i) => spoken[i % spoken.length]?.(i) ?? []).flat();
}

/** Both, turn by turn, so that what else the machine does falls on both alike. @returns letters a second */
async function measureRates(press: Press, count: number, byBrowser: number) {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-bench-letters-'));
  const empty = join(folder, 'empty.html');
  writeFileSync(empty, '<!doctype html>');
  try {
    return await withPages(availableParallelism(), async (pages) => {
      // Faces and shared pages are loaded before the clock starts.
      const first = lettersForBrowser(5);
      for (const page of pages) {
        await page.goto(pathToFileURL(empty).href);
        for (const html of first) await printPage(page, html);
      }
      await printAllOurs(press, 0, 500);
      const seconds = { own: 0, browser: 0 };
      for (let turn = 1; turn <= TURNS; turn++) {
        seconds.own += (await printAllOurs(press, turn * 100_000, Math.ceil(count / TURNS))).seconds;
        seconds.browser += await printAll(pages, lettersForBrowser(Math.ceil(byBrowser / TURNS)));
      }
      return { own: count / seconds.own, browser: byBrowser / seconds.browser };
    });
  } finally {
    await closeBrowser();
    rmSync(folder, { recursive: true, force: true });
  }
}

export const bench: Bench = {
  name: 'letters',
  async run({ scale, say }) {
    const count = Math.max(500, Math.round(LETTERS * scale));
    const typesetter = openTypesetter();
    const formFiller = openFormFiller();
    const press = { typesetter, formFiller, settings: { secret } };
    try {
      const byBrowser = Math.max(40, Math.round(BY_BROWSER * scale));
      const { own: rate, browser } = await measureRates(press, count, byBrowser);
      say(`${count} letters with forms in ${languages().join(', ')}: ${rate.toFixed(0)} a second`);
      say(`Chromium: ${browser.toFixed(1)} a second`);
      const half = Math.max(200, Math.round((IN_A_ROW * scale) / 2));
      const first = await printAllOurs(press, 2_000_000, half);
      const second = await printAllOurs(press, 3_000_000, half);
      say(`${half * 2} letters with forms in a row: ${first.seconds.toFixed(1)} s and ${second.seconds.toFixed(1)} s`);
      return [
        judgeRatio(
          'personal letters with their forms, against Chromium',
          rate / browser,
          { kind: 'at-least', value: TIMES },
          `${rate.toFixed(0)}/s to ${browser.toFixed(1)}/s on ${availableParallelism()} cores`,
        ),
        judgeRatio(
          `${(half * 2).toLocaleString('en')} letters, second half to first`,
          second.seconds / first.seconds,
          { kind: 'at-most', value: GROWTH },
          `${first.seconds.toFixed(1)} s, then ${second.seconds.toFixed(1)} s`,
        ),
        judgeRatio(
          'most memory in the second half to most in the first',
          second.most / first.most,
          { kind: 'at-most', value: GROWTH },
          `${first.most} MB, then ${second.most} MB`,
        ),
      ];
    } finally {
      await typesetter.close();
      await formFiller.close();
    }
  },
};
