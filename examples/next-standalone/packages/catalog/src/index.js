export const books = [
  { id: 'emma', title: 'Emma', year: 1815 },
  { id: 'dracula', title: 'Dracula', year: 1897 },
];

export const find = (id) => books.find((book) => book.id === id);
