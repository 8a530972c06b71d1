/** An object as messages name it: `counter "hits"`. */
export function objectName(type: string, key: string): string {
  const text = key.length > 100 ? `${key.slice(0, 80)}… (${key.length} characters)` : key;
  return `${type} ${JSON.stringify(text)}`;
}
