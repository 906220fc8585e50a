import { BadRequestException, Body, Controller, Post, UnauthorizedException } from '@nestjs/common';
import { Collection } from '@atlas/kernel';
import { Passwords } from './passwords';

interface Credentials {
  email: string;
  password: string;
}

@Controller()
export class AccountsController {
  private readonly accounts = new Collection<{ hashed: string }>();

  constructor(private readonly passwords: Passwords) {}

  @Post('accounts')
  async register(@Body() body: Partial<Credentials>) {
    const { email, password } = required(body);
    this.accounts.add({ hashed: await this.passwords.hash(password) }, email);
    return { email };
  }

  @Post('sessions')
  async login(@Body() body: Partial<Credentials>) {
    const { email, password } = required(body);
    const account = this.accounts.get(email);
    if (!account || !(await this.passwords.matches(password, account.hashed))) {
      throw new UnauthorizedException();
    }
    return { email };
  }
}

function required(body: Partial<Credentials> | undefined): Credentials {
  if (!body?.email || !body.password) {
    throw new BadRequestException('email and password are needed');
  }
  return { email: body.email, password: body.password };
}
