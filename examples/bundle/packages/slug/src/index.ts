/** `Crème Brûlée!` becomes `creme-brulee`. */
export function slug(title: string): string {
  const plain = title.normalize('NFD').replace(/\p{Mark}/gu, '');
  return plain.toLowerCase().match(/[a-z0-9]+/g)?.join('-') ?? '';
}
