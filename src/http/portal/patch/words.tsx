/** What every page about a package shows alike: its size, how to see that a file is the true one, its instructions. */
import type { ComponentChildren, VNode } from 'preact';
import { renderInstructions } from '../../../domain/package-text.ts';
import { chooseLanguage, languageName, type Translate } from '../../translate.ts';
import { Identifier } from '../../ui/parts.tsx';

/** `2.1 GB` in the reader's language. */
export function fileSize(bytes: number, language: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = units[step] ?? 'byte';
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(
    bytes / 1000 ** step,
  );
}

/** Hash and how to compute it, for people at a prompt. The file's name stands in quotes: it may have blanks. */
export function Genuine({
  t,
  file,
  sha256,
  sha512,
}: {
  t: Translate;
  file: string;
  sha256: string;
  sha512: string;
}): VNode {
  const ways = [
    [t('portal.patch.windows'), `certutil -hashfile "${file}" SHA256`],
    [
      t('portal.patch.powershell'),
      `Get-FileHash -Algorithm SHA256 "${file.replaceAll('`', '``').replaceAll('$', '`$')}"`,
    ],
    [t('portal.patch.linux'), `sha256sum '${file.replaceAll("'", `'\\''`)}'`],
  ] as const;
  return (
    <>
      <p>{t('portal.patch.genuine-lede')}</p>
      <dl class="ff-patch-hash">
        <dt>SHA-256</dt>
        <dd>
          <Identifier>{sha256}</Identifier>
        </dd>
        {ways.map(([label, command]) => (
          <>
            <dt>{label}</dt>
            <dd>
              <code dir="ltr">{command}</code>
            </dd>
          </>
        ))}
        <dt>SHA-512</dt>
        <dd>
          <Identifier>{sha512}</Identifier>
        </dd>
      </dl>
    </>
  );
}

/** The instructions in the reader's language, else in one there is. Nothing when there are none. */
export function Instructions({
  t,
  instructions,
  languages,
  level,
}: {
  t: Translate;
  instructions: Readonly<Record<string, string>>;
  languages: readonly string[];
  level: 2 | 3;
}): VNode | null {
  const available = Object.keys(instructions);
  if (available.length === 0) return null;
  const language = chooseLanguage({ asked: t.language, known: [...languages, 'en', ...available], available });
  return (
    <section>
      <Heading level={level}>{t('portal.patch.how')}</Heading>
      {available.length > 1 ? <p class="ff-hint">{available.map((code) => languageName(code)).join(' · ')}</p> : null}
      {/* The renderer escapes every text; instructions cannot carry markup of their own. */}
      <div
        lang={language}
        dir="auto"
        dangerouslySetInnerHTML={{ __html: renderInstructions(instructions[language] ?? '', level) }}
      />
    </section>
  );
}

/** A heading below whatever stands above it: the page, or one of several files on it. */
function Heading({ level, children }: { level: 2 | 3; children: ComponentChildren }): VNode {
  return level === 2 ? <h2>{children}</h2> : <h3>{children}</h3>;
}

/** Lines as a list; nothing when there are none. */
export function Lines(props: { title: string; lines: readonly string[]; level: 2 | 3 }): VNode | null {
  const { title, lines, level } = props;
  if (lines.length === 0) return null;
  return (
    <>
      <Heading level={level}>{title}</Heading>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
