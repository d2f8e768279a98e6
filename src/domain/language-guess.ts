/** Whether words are in the language they say they are: by their script, else by the little words each language is full of. */

const scripts: Readonly<Record<string, RegExp>> = {
  ar: /\p{Script=Arabic}/u,
  bg: /\p{Script=Cyrillic}/u,
  el: /\p{Script=Greek}/u,
  he: /\p{Script=Hebrew}/u,
  ja: /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
  ko: /\p{Script=Hangul}/u,
  mk: /\p{Script=Cyrillic}/u,
  ru: /\p{Script=Cyrillic}/u,
  uk: /\p{Script=Cyrillic}/u,
  zh: /\p{Script=Han}/u,
};

/** Short words that are frequent in one language and rare in its neighbours. */
const littleWords: Readonly<Record<string, string>> = {
  bg: 'на и за се от да е са или който това вашия',
  cs: 'je na se že jsou nebo pro jako při vaše který tento může',
  da: 'og er ikke det at på af til med eller fra skal denne kan deres',
  de: 'der die und ist nicht das sie mit von für oder auf werden ihre bei zu',
  el: 'και το της να του είναι για από τα στο',
  en: 'the and of to is not with this your or for must be by are from',
  es: 'el la de que los las para con por una está su del o se como',
  et: 'ja on ei see või kui mis teie seadme ning tuleb et palun',
  fi: 'ja on ei tai että se ovat kun joka tämä teidän voi sekä',
  fr: 'le la les des et est vous pour une dans avec votre ou par sur qui ne',
  ga: 'agus an na is ar le go bhfuil do nó seo atá leis',
  hr: 'je i na se za od ili koji ovaj vaš mogu nije što kako',
  hu: 'és az hogy nem egy vagy meg ez kell van amely kérjük',
  is: 'og er ekki að það sem við eða til þessi á með yðar',
  it: 'il la di che e per con una del della è non le i o si',
  lt: 'ir yra ne kad arba su iš tai šis jūsų bei prie kuris',
  lv: 'un ir nav vai ar no kas šī jūsu lai uz tiek par',
  mt: 'u li ta tal fil għal mhux jew din minn huwa biex',
  nl: 'de het een en is niet van voor met of door zijn uw deze op te',
  no: 'og er ikke det at på av til med eller fra skal denne kan deres dere',
  pl: 'i w na nie jest się do że lub oraz dla przez które może',
  pt: 'o a os que não para com uma do da em é ou por seu está',
  ro: 'și este nu pe cu la de sau care pentru din prin această dumneavoastră',
  ru: 'и в не на что это для или при от вы ваш',
  sk: 'je na sa že sú alebo pre ako pri vaše ktorý tento môže',
  sl: 'je in na se za od ali ki ta vaš niso kot lahko',
  sv: 'och är inte det att på av till med eller från ska denna kan deras för',
  tr: 've bir bu için ile olarak veya değil olan lütfen da de',
  uk: 'і в не на що це для або при від ви ваш є та',
};
const wordSets = new Map(Object.entries(littleWords).map(([code, words]) => [code, new Set(words.split(' '))]));

/** Below this many little words nothing can be said. */
const ENOUGH = 8;

/**
 * Guesses from a page of text or more.
 * @returns the code of another language the words are plainly in, e.g. `fr`; undefined when they fit or nothing can be said
 */
export function otherLanguage(text: string, language: string): string | undefined {
  const base = language.split('-')[0] ?? '';
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  const hits = new Map([...wordSets].map(([code, known]) => [code, words.filter((word) => known.has(word)).length]));
  const [best, most] = [...hits].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  const script = scripts[base];
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  if (script && letters > 40) {
    const own = text.match(new RegExp(script.source, 'gu'))?.length ?? 0;
    // Product names and identifiers stay Latin; the sentences do not.
    if (own < letters / 10) return most >= ENOUGH ? best : 'und';
  }
  if (best === base || most < ENOUGH) return undefined;
  const expected = hits.get(base);
  if (expected === undefined) return !script && most > 3 * ENOUGH ? best : undefined;
  return most > 2 * expected ? best : undefined;
}
