import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { ProblemException } from './problem.js';

/** `OPTIONS *`, for the server as a whole (RFC 9110, 9.3.7), as request-target.ts rewrites it. */
const SERVER = '/\\*';

/** Answers the other methods of all paths: OPTIONS with 204, for HAProxy's `option httpchk`, and the rest with 405. */
@Injectable()
export class Methods implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Nest calls this after adding its routes and before its handler of unknown paths. */
  onModuleInit(): void {
    const express = this.host.httpAdapter.getInstance<Express>();
    const all = new Set<string>();
    const byPath = new Map<string, Set<string>>();
    for (const { route } of express.router.stack) {
      if (!route) continue;
      const methods = byPath.get(route.path) ?? new Set(['OPTIONS']);
      for (const { method } of route.stack) {
        methods.add(method.toUpperCase());
        if (method === 'get') methods.add('HEAD');
      }
      for (const method of methods) all.add(method);
      byPath.set(route.path, methods);
    }
    for (const [path, methods] of byPath) express.all(path, answer([...methods].toSorted().join(', ')));
    express.options(SERVER, answer([...all].toSorted().join(', ')));
  }
}

function answer(allow: string) {
  return ({ method }: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('Allow', allow);
    if (method !== 'OPTIONS') throw new ProblemException(405, `this path allows ${allow}`);
    response.statusCode = 204;
    response.end();
  };
}
