/** Imports: everything the edges call. The steps, the work of the jobs, and all of it in one call. */
export { type ImportFileInput, type ImportFileResult, importFile } from './import-file.ts';
export { checkMapping, proposeFor } from './import-mapping.ts';
export * from './import-steps.ts';
export { checkImport, progressOf, resumeImports, runImport } from './import-work.ts';
