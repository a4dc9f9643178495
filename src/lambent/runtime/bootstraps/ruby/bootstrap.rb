# frozen_string_literal: true

# Runs a Ruby handler: asks the Runtime API for invocations, and answers them, until it is ended.

require_relative 'errors'
require_relative 'function_context'
require_relative 'function_log'
require_relative 'handler'
require_relative 'runtime_api'

$stdout.sync = true
$stderr.sync = true

module Lambent
  def self.run(api)
    handler = load_handler(api)
    loop do
      headers, event = api.next_invocation
      request_id = headers['Lambda-Runtime-Aws-Request-Id']
      FunctionLog.request_id = request_id
      ENV['_X_AMZN_TRACE_ID'] = headers['Lambda-Runtime-Trace-Id']
      begin
        body, type = handler.call(event, FunctionContext.new(headers))
        api.respond(request_id, body, type)
      rescue HandlerFailed => failed
        Errors.log(failed.words, failed.described)
        api.fail("invocation/#{request_id}/error", failed.described)
        exit!(255) if failed.critical
      end
    end
  end

  def self.load_handler(api)
    Handler.new(ENV.fetch('_HANDLER'))
  rescue Exception => error # A file may raise anything while it is loaded, or exit.
    described = Errors.describe('Init', error)
    Errors.log("Init error when loading handler #{ENV['_HANDLER']}", described)
    api.fail('init/error', described)
    exit!(1)
  end
end

Lambent.run(Lambent::RuntimeApi.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API')))
