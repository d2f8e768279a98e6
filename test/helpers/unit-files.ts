/** A child of the bench of imports: writes the same units twice, as an ERP system exports them and as COPY takes them. */
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { serialKey } from '../../src/domain/scope.ts';

async function writeFiles(csv: string, copy: string, units: number, parties: number): Promise<void> {
  const files = [createWriteStream(csv), createWriteStream(copy)] as const;
  files[0].write('\ufeffMaterial;Seriennummer;Standort;Lieferdatum;Vernetzt;Software Dx;Software RUO\r\n');
  for (let from = 0; from < units; from += 10_000) {
    let text = '';
    let rows = '';
    for (let n = from; n < Math.min(units, from + 10_000); n++) {
      const serial = `NB${String(1_000_000 + n)}`;
      // A customer's instruments stand together in the export, as reports sorted by customer have them.
      const site = 1 + Math.floor((n * parties) / units);
      const day = `${2015 + (n % 7)}-${String(1 + (n % 12)).padStart(2, '0')}-${String(1 + (n % 28)).padStart(2, '0')}`;
      const version = ['1.3', '2.0', '2.4', '3.1'][n % 4];
      text += `20005715;${serial};S-${site};${day};${n % 3 === 0 ? 'nein' : 'ja'};${version};${version}\r\n`;
      rows += `serial\t1\t${site}\t${site}\t${serial}\t${serialKey(serial)}\t1\t${day}\t${n % 3 === 0 ? 'f' : 't'}\t{"Dx":"${version}","RUO":"${version}"}\tin-field\timport\t1\t${n + 2}\t\t2022-05-02 08:00:00+00\t2022-05-02 08:00:00+00\n`;
    }
    if (!files[0].write(text)) await new Promise((resolve) => files[0].once('drain', resolve));
    if (!files[1].write(rows)) await new Promise((resolve) => files[1].once('drain', resolve));
  }
  for (const file of files) await finished(file.end());
}

const [csv = '', copy = '', units, parties] = process.argv.slice(2);
await writeFiles(csv, copy, Number(units), Number(parties));
