import { overrideLanguages } from '../src/app/country-overrides.ts';
import { countryName } from '../src/domain/country.ts';
import { type Cast, done } from './action.ts';

/**
 * Countries that ask for a language the example notice is not written in, and what their readers get instead. A release is
 * blocked without it; that an authority agreed is as invented as the readers are.
 */
const AGREED: Readonly<Record<string, readonly string[]>> = {
  BE: ['fr', 'de', 'en'],
  ...Object.fromEntries(
    [
      'BG',
      'BR',
      'CN',
      'CZ',
      'DK',
      'EE',
      'FI',
      'GR',
      'HU',
      'KR',
      'LT',
      'LV',
      'NO',
      'PL',
      'PT',
      'RO',
      'SE',
      'SI',
      'TR',
    ].map((country) => [country, ['en']]),
  ),
};

/** Says for each of these countries which languages it gets instead, with the reason, as an operator does. */
export async function agreeLanguages(cast: Cast, countries: readonly string[]): Promise<void> {
  for (const country of countries) {
    const languages = AGREED[country];
    if (!languages) continue;
    done(
      await overrideLanguages(cast.regulatory, {
        country,
        languages: [...languages],
        reason: `Sample: agreed with the authority of ${countryName(country)}. The readers are professionals; English is accepted until the translation follows.`,
      }),
      `agree on the languages of ${country}`,
    );
  }
}
