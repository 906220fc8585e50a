import { Module } from '@nestjs/common';
import { HealthModule } from '@atlas/service-kit';
import { AccountsController } from './accounts.controller';
import { Passwords } from './passwords';

@Module({
  imports: [HealthModule.with({ name: 'passwords', check: () => new Passwords().selfTest() })],
  controllers: [AccountsController],
  providers: [Passwords],
})
export class AppModule {}
