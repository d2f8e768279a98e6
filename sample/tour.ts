/** The laboratories that README's tour follows. `npm run docs` fails when the played demo no longer has them like this. */
export const tour = {
  /** Has patched Dx, not yet RUO, and has a kit for it. */
  half: { party: 'Labor 0428, Musterwil', email: 'recall@lab-0428.example', serial: 'NB551298' },
  /** Has not answered three reminders. */
  silent: { party: 'Laboratory 0262, Exampleford', email: 'recall@lab-0262.example', serial: 'M11218' },
} as const;

/** Serial numbers whose parties play nothing but what the tour tells. */
export const shownSerials: readonly string[] = [tour.half.serial, tour.silent.serial];
