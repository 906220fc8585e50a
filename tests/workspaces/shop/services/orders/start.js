#!/usr/bin/env node
console.log("orders")
