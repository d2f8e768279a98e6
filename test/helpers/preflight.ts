/**
 * Apache PDFBox's Preflight, a validator of PDF/A-1b that Debian carries: `apt install libpdfbox2-java libjaxb-api-java
 * libactivation-java` and a Java. It checks syntax, faces, colours, annotations and metadata; not the tree of tags, which
 * is what level A asks for besides.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CLASSES = ['preflight', 'pdfbox2', 'fontbox2', 'xmpbox', 'commons-logging', 'jaxb-api', 'javax.activation'].map(
  (name) => `/usr/share/java/${name}.jar`,
);

/** Whether the validator is on this machine. */
export const preflightThere = ['/usr/bin/java', ...CLASSES].every((path) => existsSync(path));

/** What speaks against the file being PDF/A-1b, one line each; empty when it is valid. */
export async function findPdfAFaults(pdf: Uint8Array): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-preflight-'));
  const file = join(folder, 'letter.pdf');
  writeFileSync(file, pdf);
  try {
    const printed = await new Promise<string>((resolve) => {
      const options = { timeout: 60_000, maxBuffer: 16 * 1024 * 1024 };
      execFile(
        '/usr/bin/java',
        ['-cp', CLASSES.join(':'), 'org.apache.pdfbox.preflight.Validator_A1b', file],
        options,
        (_error, stdout, stderr) => resolve(`${stdout}\n${stderr}`),
      );
    });
    if (/ is a valid PDF\/A-1b file/.test(printed)) return [];
    return printed.split('\n').filter((line) => line.trim() !== '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
