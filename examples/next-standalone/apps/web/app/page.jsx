import { books } from '@bookshop/catalog';
import Link from 'next/link';

export default function Page() {
  return (
    <ul>
      {books.map(({ id, title }) => (
        <li key={id}>
          <Link href={`/books/${id}`}>{title}</Link>
        </li>
      ))}
    </ul>
  );
}
