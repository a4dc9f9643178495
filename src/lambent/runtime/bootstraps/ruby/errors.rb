# frozen_string_literal: true

require 'json'

module Lambent
  # Errors as AWS's runtime for Ruby describes them.
  module Errors
    # A record of several lines is one event of the log: this character is its line break.
    RECORD_BREAK = "\x1e"
    OWN_FOLDER = "#{__dir__}/"
    LONGEST_TRACE = 100

    def self.describe(phase, error)
      own = (error.backtrace || []).index { |line| line.start_with?(OWN_FOLDER) }
      trace = (error.backtrace || []).first([own || LONGEST_TRACE, LONGEST_TRACE].min)
      {
        errorMessage: error.message.dup.force_encoding(Encoding::UTF_8).scrub,
        errorType: "#{phase}<#{error.class}>",
        stackTrace: trace
      }
    end

    def self.log(words, described)
      record = "#{words}\n#{JSON.pretty_generate(described)}"
      $stdout.puts(record.gsub("\n", RECORD_BREAK))
    end
  end

  # What a handler has raised, or what it has answered and JSON does not know.
  class HandlerFailed < StandardError
    attr_reader :described, :critical

    def initialize(error, critical)
      super(error.message)
      @described = Errors.describe('Function', error)
      @critical = critical
    end

    def words
      critical ? 'Critical exception from handler' : 'Error raised from handler method'
    end
  end
end
