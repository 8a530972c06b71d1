/** Reviews of restaurants where nobody has eaten, from a grammar: each <symbol> becomes one of its texts, at random. */
import { generator } from './random.ts';

export interface Review {
  readonly city: string;
  readonly text: string;
}

const grammar: Readonly<Record<string, readonly string[]>> = {
  praise: [
    'The <dish> was <good>.',
    'The <place> is <good>!',
    'We loved the <dish>, and the <host> was <good>.',
    'Our <host> was never rude.',
    'The <host> said "<greeting>", and the <dish> came at once: <good>!',
    'Not a bad <dish> on the menu.',
  ],
  blame: [
    'The <dish> was <bad>.',
    'The <place> is <bad>!',
    'We hated the <dish>, and the <host> was <bad>.',
    'Our <host> was not helpful.',
    'The <host> said "<greeting>", and an hour later the <dish> was <bad>.',
    'Nothing here is fresh, and the <dish> is no good.',
  ],
  dish: ['soup of beans, leeks and corn', 'bread', 'pie', 'fish', '"dish of the day"', 'coffee'],
  host: ['waiter', 'waitress', 'cook', 'owner'],
  place: ['house', 'view', 'garden', 'terrace'],
  greeting: ['Good evening', 'Enjoy', 'Sorry', 'Next, please'],
  good: ['wonderful', 'excellent', 'friendly', 'lovely', 'perfect', 'superb'],
  bad: ['awful', 'terrible', 'disgusting', 'boring', 'horrible', 'poor'],
};

/**
 * Always the same ones. A text has up to three paragraphs.
 *
 * @param cities how likely a paragraph about each is praise, 0 to 1
 */
export function writeReviews(count: number, cities: ReadonlyMap<string, number>): Review[] {
  const random = generator(2026);
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const expand = (symbol: string): string =>
    oneOf(grammar[symbol]!).replace(/<(\w+)>/g, (_, inner: string) => expand(inner));
  const entries = [...cities];
  return Array.from({ length: count }, () => {
    const [city, delight] = oneOf(entries);
    const paragraphs = Array.from({ length: 1 + Math.floor(3 * random()) }, () =>
      expand(random() < delight ? 'praise' : 'blame'),
    );
    return { city, text: paragraphs.join('\n') };
  });
}

/** By RFC 4180: texts are quoted, for they have newlines, commas and quotes. */
export function toCsv(reviews: readonly Review[]): string {
  const rows = reviews.map(({ city, text }, id) => `${id},${city},"${text.replaceAll('"', '""')}"\r\n`);
  return ['id,city,text\r\n', ...rows].join('');
}
