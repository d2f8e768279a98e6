import type { SheetVerdict, SpreadsheetState, SpreadsheetWay } from '../../../db/schema-spreadsheets.ts';
import type { SheetMeaning } from '../../../domain/spreadsheet-words.ts';
import type { Tone } from '../../ui/state.ts';

export const sheetStateWords: Record<SpreadsheetState, string> = {
  mapping: 'Waits to be mapped',
  checking: 'Being checked',
  checked: 'Waits to be approved',
  applying: 'Being recorded',
  applied: 'Recorded',
  failed: 'Failed',
  discarded: 'Put away',
};

export const sheetWayWords: Record<SpreadsheetWay, string> = {
  upload: 'uploaded at the desk',
  portal: 'sent through the portal',
  mail: 'sent by mail',
  api: 'handed in by a program',
};

/** What a word of the sender can mean, as the mapping asks it. */
export const meaningWords: Record<SheetMeaning, string> = {
  done: 'Done',
  'not-yet': 'Not yet',
  help: 'Not yet, and help is needed',
  'not-affected': 'Not affected',
  scrapped: 'Scrapped',
  moved: 'Moved to somebody else',
  returned: 'Returned',
  gone: 'Gone, it is not said how',
  'not-ours': 'Not theirs, or not found',
  unknown: 'They do not know',
  nothing: 'Says nothing: pass the row over',
};

export const verdictWords: Record<SheetVerdict, { word: string; tone: Tone }> = {
  ready: { word: 'new', tone: 'blue' },
  same: { word: 'known', tone: 'grey' },
  nothing: { word: 'nothing', tone: 'grey' },
  refused: { word: 'refused', tone: 'red' },
};
