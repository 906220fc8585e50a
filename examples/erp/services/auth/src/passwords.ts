import { Injectable } from '@nestjs/common';
import { compare, hash } from 'bcrypt';

const ROUNDS = 10;

@Injectable()
export class Passwords {
  hash(password: string): Promise<string> {
    return hash(password, ROUNDS);
  }

  matches(password: string, hashed: string): Promise<boolean> {
    return compare(password, hashed);
  }

  /** Fails where the native module does not load or answers wrongly. */
  async selfTest(): Promise<void> {
    const hashed = await hash('probe', 4);
    if (!(await compare('probe', hashed)) || (await compare('other', hashed))) {
      throw new Error('bcrypt does not agree with itself');
    }
  }
}
