import { find } from '@bookshop/catalog';
import { notFound } from 'next/navigation';

export default async function Page({ params }) {
  const { id } = await params;
  const book = find(id) ?? notFound();
  return (
    <h1>
      {book.title}, {book.year}
    </h1>
  );
}
