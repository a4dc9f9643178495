# frozen_string_literal: true

require 'json'
require 'net/http'

module Lambent
  # The Lambda Runtime API, over one connection that stays.
  class RuntimeApi
    PREFIX = '/2018-06-01/runtime'
    # An idle environment may stand still for as long as it likes.
    FOR_EVER = 1_000_000

    def initialize(address)
      host, port = address.split(':')
      # No proxy that the function's variables may name.
      @http = Net::HTTP.new(host, port.to_i, nil)
      @http.read_timeout = FOR_EVER
      @http.keep_alive_timeout = FOR_EVER
      @http.start
    end

    def next_invocation
      answer = @http.request(Net::HTTP::Get.new("#{PREFIX}/invocation/next"))
      [answer, answer.body.force_encoding(Encoding::UTF_8)]
    end

    def respond(request_id, body, type)
      post("invocation/#{request_id}/response", body, type)
    end

    def fail(path, described)
      post(path, described.to_json, 'application/json',
           'Lambda-Runtime-Function-Error-Type' => described[:errorType])
    end

    private

    def post(path, body, type, headers = {})
      request = Net::HTTP::Post.new("#{PREFIX}/#{path}", headers)
      request['Content-Type'] = type
      request.body = body
      @http.request(request)
    end
  end
end
