/**
 * What the checks of an import can find, each with the reason and the mend an operator reads (the desk speaks English).
 * `{name}` stands for a parameter of the finding. The codes of identifiers and dates are those of their refusals.
 */

/** One thing wrong with one cell of one row. `heading` is the file's own heading, '' when the file has no such column. */
export type ImportFinding = {
  column: string;
  heading: string;
  value: string;
  code: string;
  params: Record<string, string | number>;
};

/** Code → why the row is refused, and how to mend it. */
export const importFindingText: Readonly<Record<string, { reason: string; mend: string }>> = {
  'import.required': {
    reason: '{label} is empty, and every row needs it.',
    mend: 'Fill it in, or map the column that holds it.',
  },
  'import.not-mapped': {
    reason: 'No column of the file is {label}.',
    mend: 'Choose the column that holds it in the mapping.',
  },
  'import.too-long': {
    reason: '{label} has {length} characters; at most {limit} fit.',
    mend: 'Shorten it. A very long cell often means that a quotation mark is missing in the file.',
  },
  'import.control': {
    reason: '{label} contains characters that cannot be printed.',
    mend: 'Type the value anew; it was copied with hidden characters.',
  },
  'import.broken-text': {
    reason: '{label} contains characters that were damaged before this import (�).',
    mend: 'Export the file again as UTF-8 or Unicode text.',
  },
  'import.rounded': {
    reason: 'A spreadsheet rounded {value}: the last digits are gone.',
    mend: 'Format the column as text in the spreadsheet, enter the number again and export anew.',
  },
  'import.formula-error': {
    reason: 'The cell shows a formula error ({value}).',
    mend: 'Mend the formula in the spreadsheet, or write the value itself.',
  },
  'import.choice': { reason: '{value} is not one of: {allowed}.', mend: 'Use one of these words.' },
  'import.country': {
    reason: '{value} is not a country we know.',
    mend: 'Write its two-letter code, for example DE, or its name in English, German or Italian.',
  },
  'import.email': {
    reason: '{value} is not an e-mail address.',
    mend: 'Write one address such as name@example.org, or leave it empty.',
  },
  'import.email-several': {
    reason: 'The cell holds several e-mail addresses.',
    mend: 'Give each person a row of their own.',
  },
  'import.phone': {
    reason: '{value} is not a telephone number.',
    mend: 'Write it with its country code, for example +49 351 000000.',
  },
  'import.yes-no': {
    reason: '{value} is neither yes nor no nor unknown.',
    mend: 'Write yes, no or unknown (ja, nein, sì; 1, 0 and x are read too).',
  },
  'import.quantity': {
    reason: '{value} is not a whole number of pieces, 1 or more.',
    mend: 'Write the number without decimals, for example 12.',
  },
  'import.quantity-unclear': {
    reason:
      '{value} can mean two quantities: a point or comma before three digits is read differently in each country.',
    mend: 'Write the number without a separator, for example 1000.',
  },
  'import.quantity-serial': {
    reason: 'A unit with a serial number is one piece, not {value}.',
    mend: 'Give each serial number a row of its own, or leave the quantity empty.',
  },
  'import.language': {
    reason: '{value} is not a language we know.',
    mend: 'Write its code, for example de, or its name in English, German or Italian.',
  },
  'import.srn': {
    reason: '{value} is not a single registration number.',
    mend: 'It looks like BE-AR-000000106. Distributors have none: leave it empty.',
  },
  'import.zone': {
    reason: '{value} is not a time zone.',
    mend: 'Write its name, for example Europe/Berlin, or leave it empty to take the country’s.',
  },
  'import.pair': {
    reason: '{value} is not a pair of UDI-DI and catalogue number.',
    mend: 'Write UDI-DI, colon, catalogue number, for example 00816270020002:DX-410-1001.',
  },
  'import.identity': {
    reason: 'The row has no serial number, no lot and no instance.',
    mend: 'Fill in one of them, or map the column that holds it.',
  },
  'import.identity-kind': {
    reason: 'A unit of kind {kind} needs its {needs}.',
    mend: 'Fill it in, or correct the kind.',
  },
  'import.place': {
    reason: 'The row names neither a site nor a party.',
    mend: 'Fill in the number of the site, or of the party.',
  },
  'import.self': {
    reason: 'The party is named as its own distributor.',
    mend: 'Leave the distributor empty, or name another one.',
  },
  'import.row-length': {
    reason: 'The row has {cells} cells, the heading {headings}.',
    mend: 'A separator stands inside a value: put the value in quotation marks, or choose another separator when exporting.',
  },
  'import.duplicate': {
    reason: 'Row {first} of this file is the same {what}: {key}.',
    mend: 'Keep one of the two rows.',
  },
  'import.party-unknown': {
    reason: 'No party has the number {value}.',
    mend: 'Import the parties first, or correct the number.',
  },
  'import.site-unknown': {
    reason: 'No site has the number {value}.',
    mend: 'Import the sites first, or correct the number.',
  },
  'import.site-party': {
    reason: 'Site {value} belongs to party {party}, not to {asked}.',
    mend: 'Correct one of the two numbers, or leave the party empty.',
  },
  'import.site-default': {
    reason: 'The site is not given, and a site numbered {value} belongs to party {party}.',
    mend: 'Fill in the number of the site.',
  },
  'import.product-unknown': {
    reason: 'No product has the code, catalogue number or UDI-DI {value}.',
    mend: 'Import the product first, or correct the number.',
  },
  'import.product-ambiguous': {
    reason: '{value} belongs to several products: {products}.',
    mend: 'Write the product code instead.',
  },
  'import.distributor-unknown': {
    reason: 'No party has the number {value}.',
    mend: 'Import the distributors first, or put their rows above those they serve.',
  },
  'import.distributor-kind': {
    reason: 'Party {value} is not a distributor.',
    mend: 'Correct the number, or the kind of that party.',
  },
  'import.environment': {
    reason: '{product} has no environment {environment}.',
    mend: 'Leave the version empty, or add the environment to the product first.',
  },
  'date.form': {
    reason: '{value} is not a date we can read.',
    mend: 'Write it as 2022-05-04, 04.05.2022 or 04MAY2022.',
  },
  'date.impossible': {
    reason: '{value} is a day that does not exist.',
    mend: 'Correct it; if month and day are exchanged, change the order of dates in the mapping.',
  },
  'date.ambiguous': {
    reason: '{value} can be two days: day and month could each come first.',
    mend: 'Choose the order of dates in the mapping.',
  },
  'date.year': { reason: '{value} lies before 1900 or after 2199.', mend: 'Correct the year.' },
  'udi.rounded': {
    reason: 'A spreadsheet rounded {value}: the last digits of the identifier are gone.',
    mend: 'Format the column as text in the spreadsheet, enter the identifier again and export anew.',
  },
  'udi.check-digit': {
    reason: 'The check digit of {value} is wrong: {expected} was expected at its end.',
    mend: 'Compare it with the label; two digits are often exchanged or one is missing.',
  },
  'udi.check-character': {
    reason: 'The check character of {value} is wrong.',
    mend: 'Write the identifier as printed, from + to its last character.',
  },
  'udi.check-pair': {
    reason: 'The two check characters at the end of {value} are wrong.',
    mend: 'Compare it with the label or the certificate.',
  },
  'udi.length': {
    reason: '{value} has {digits} digits; a GTIN has 8, 12, 13 or 14.',
    mend: 'Compare it with the label.',
  },
  'udi.basic': {
    reason: '{value} is a Basic UDI-DI: it names a group of devices and is on no label.',
    mend: 'Write the UDI-DI of the label instead.',
  },
  'udi.no-di': {
    reason: '{value} holds no device identifier.',
    mend: 'Scan or type the part that begins with (01) or +.',
  },
  'udi.form': {
    reason: '{value} is not a device identifier of GS1, HIBC, ICCBBA or IFA.',
    mend: 'Write it as printed on the label, for example 00816270020125 or +BLUEUNICORN7N.',
  },
  'udi.hibc-form': {
    reason: '{value} is not an HIBC identifier.',
    mend: 'Write it as printed, from + to its last character.',
  },
  'udi.hibc-date': { reason: '{value} holds a date that does not exist.', mend: 'Write the device identifier alone.' },
  'udi.gs1-unknown-ai': {
    reason: 'The identifier holds an application identifier nobody knows ({at}).',
    mend: 'Write the device identifier alone, 14 digits.',
  },
  'udi.gs1-too-short': {
    reason: 'The value of ({ai}) is too short.',
    mend: 'Write the device identifier alone, 14 digits.',
  },
  'udi.gs1-too-long': {
    reason: 'The value of ({ai}) is too long.',
    mend: 'Write the device identifier alone, 14 digits.',
  },
  'udi.gs1-not-digits': {
    reason: 'The value of ({ai}) must be digits.',
    mend: 'Compare it with the label; the letters O and I are often typed for 0 and 1.',
  },
  'udi.gs1-character': {
    reason: 'The value of ({ai}) holds a character GS1 does not allow.',
    mend: 'Compare it with the label.',
  },
  'udi.gs1-date': {
    reason: 'The value of ({ai}) is a date that does not exist.',
    mend: 'Write the device identifier alone, 14 digits.',
  },
  'udi.gs1-repeated': {
    reason: 'The application identifier ({ai}) stands there twice with different values.',
    mend: 'One cell holds one identifier: put a semicolon between two.',
  },
};

/** The reason and the mend of a finding in words. A code without words shows itself rather than nothing. */
export function describeFinding(finding: Pick<ImportFinding, 'code' | 'params'>): { reason: string; mend: string } {
  const text = importFindingText[finding.code] ?? { reason: finding.code, mend: '' };
  const fill = (words: string): string =>
    words.replace(/\{(\w+)\}/g, (_, name: string) => String(finding.params[name] ?? ''));
  return { reason: fill(text.reason), mend: fill(text.mend) };
}
