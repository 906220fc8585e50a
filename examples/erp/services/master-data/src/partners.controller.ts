import { BadRequestException, Body, Controller, Get, NotFoundException, Param, Post } from '@nestjs/common';
import { Collection } from '@atlas/kernel';
import { listing } from '@atlas/service-kit';

interface Partner {
  name: string;
  country: string;
}

@Controller('partners')
export class PartnersController {
  private readonly partners = new Collection<Partner>();

  @Get()
  list() {
    return listing(this.partners);
  }

  @Get(':id')
  get(@Param('id') id: string) {
    const partner = this.partners.get(id);
    if (!partner) {
      throw new NotFoundException(`no partner ${id}`);
    }
    return partner;
  }

  @Post()
  create(@Body() body: Partial<Partner> | undefined) {
    if (!body?.name || !body.country) {
      throw new BadRequestException('name and country are needed');
    }
    return this.partners.add({ name: body.name, country: body.country });
  }
}
