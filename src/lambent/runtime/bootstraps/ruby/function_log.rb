# frozen_string_literal: true

require 'json'
require 'logger'

require_relative 'errors'

module Lambent
  # What Ruby's Logger writes to the function's log: in its format, from its level on, and with the
  # id of the invocation.
  #
  # https://docs.aws.amazon.com/lambda/latest/dg/ruby-logging.html
  module FunctionLog
    LEVELS = %w[DEBUG INFO WARN ERROR FATAL].freeze

    class << self
      attr_reader :request_id

      def request_id=(id)
        @request_id = id
        # AWS: so named, and some programs know it.
        $_global_aws_request_id = id
      end

      def formatter
        ENV['AWS_LAMBDA_LOG_FORMAT'] == 'JSON' ? Structured.new : Text.new
      end

      def level
        configured = ENV['AWS_LAMBDA_LOG_LEVEL'].to_s.upcase.sub('TRACE', 'DEBUG')
        configured if LEVELS.include?(configured)
      end

      def clean(text)
        text.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      end
    end

    # Ruby's own form, with the request id.
    class Text < Logger::Formatter
      def call(severity, time, program, message)
        head = "#{severity[0]}, [#{format_datetime(time)} ##{Process.pid}] #{severity.rjust(5)}"
        record = "#{head} #{FunctionLog.request_id} -- #{program}: #{msg2str(message)}"
        "#{FunctionLog.clean(record).chomp.gsub("\n", Errors::RECORD_BREAK)}\n"
      end
    end

    # A JSON object a record.
    class Structured < Logger::Formatter
      def call(severity, time, program, message)
        failed = message.is_a?(Exception)
        members = {
          timestamp: time.getutc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ'),
          level: severity,
          message: FunctionLog.clean(failed ? message.message : msg2str(message)),
          requestId: FunctionLog.request_id,
          logger: program && FunctionLog.clean(program)
        }
        members.update(described(message)) if failed
        "#{JSON.generate(members.compact)}\n"
      end

      private

      def described(error)
        trace = (error.backtrace || []).map { |line| FunctionLog.clean(line) }
        {
          errorType: error.class.to_s,
          errorMessage: FunctionLog.clean(error.message),
          stackTrace: trace,
          location: trace.first && location(trace.first)
        }
      end

      # `app.rb:3:in 'method'` as `app.rb:method:3`.
      def location(line)
        line.sub(/\A(.+):(\d+):in [`'](.+)'\z/) { "#{$1}:#{$3}:#{$2}" }
      end
    end

    # Prepended to Logger: those that write to the standard streams have the function's format.
    module Loggers
      def initialize(device, *rest, **named)
        # AWS: a logger without a device writes to the log as well.
        device ||= $stdout
        if device.equal?($stdout) || device.equal?($stderr)
          named[:formatter] ||= FunctionLog.formatter
          level = FunctionLog.level
          named[:level] ||= level if level
        end
        super(device, *rest, **named)
      end
    end

    Logger.prepend(Loggers)
  end
end
