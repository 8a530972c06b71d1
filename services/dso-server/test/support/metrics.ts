/** The value of a metric by its name and labels, such as `skein_dso_objects`; `undefined` when there is none. */
export async function metric(url: string, name: string): Promise<number | undefined> {
  const page = await (await fetch(url)).text();
  const line = page.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}
