/**
 * Answers by spreadsheet, from the file to the replies: mapping → checking → checked → applying → applied, or failed, or
 * discarded. A list comes in (`keepSpreadsheet`), is mapped once for its sender (`mapSpreadsheet`; a list with headings we
 * know is checked at once), is looked over, and becomes one reply for each party it speaks for (`applySpreadsheet`). Between
 * these the job does its part: `workSpreadsheets`. Nothing is recorded before somebody has seen what would be.
 *
 * All of it in a row, e.g. for a play of an action:
 *
 *     const kept = await keepSpreadsheet(ctx, { actionId, partyId, contactId, name, way: 'mail', receivedAt, bytes });
 *     await workSpreadsheets(ctx);                                    // checks it
 *     await applySpreadsheet(ctx, { id: kept.id, mode: 'valid' });    // or mapSpreadsheet first, where kept.state is `mapping`
 *     await workSpreadsheets(ctx);                                    // writes the replies and the receipt
 */
export { applySheet, workSpreadsheets } from './spreadsheet-apply.ts';
export { checkSheet } from './spreadsheet-check.ts';
export * from './spreadsheet-decide.ts';
export {
  type IncomingSpreadsheet,
  type KeptSpreadsheet,
  keepSpreadsheet,
  keepSpreadsheetInput,
  remediesOf,
  SPREADSHEET_BYTES,
} from './spreadsheet-keep.ts';
export {
  checkSpreadsheetAgain,
  mapSpreadsheet,
  mapSpreadsheetInput,
  readSpreadsheetAnew,
  readSpreadsheetInput,
  takeSheet,
} from './spreadsheet-steps.ts';
