import { Module } from '@nestjs/common';
import { HealthModule } from '@atlas/service-kit';
import { PartnersController } from './partners.controller';

@Module({ imports: [HealthModule.with()], controllers: [PartnersController] })
export class AppModule {}
