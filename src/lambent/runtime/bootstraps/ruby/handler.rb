# frozen_string_literal: true

require 'json'
require 'stringio'

module Lambent
  # The function's own method: `file.method` or `file.Module::Class.method`.
  class Handler
    WRONG_FORM = 'must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME ' \
                 'corresponds with an existing Ruby source file FILENAME.rb, CLASS is an ' \
                 'optional module/class namespace and METHOD is a callable method. If using ' \
                 'CLASS, METHOD must be a class-level method.'

    def initialize(name)
      file, *owner, method = name.split('.')
      raise ArgumentError, "Invalid handler #{name}, #{WRONG_FORM}" if method.nil? || owner.size > 1

      require "#{ENV.fetch('LAMBDA_TASK_ROOT')}/#{file}"
      @owner = owner.first
      @method = method
    end

    # The answer and its content type.
    def call(event, context)
      arguments = { event: JSON.parse(event), context: context }
      target = @owner ? Kernel.const_get(@owner) : TOPLEVEL
      written(target.__send__(@method, **arguments))
    rescue NameError => e
      # AWS: a name that does not exist ends the environment.
      raise HandlerFailed.new(e, true)
    rescue StandardError => e
      raise HandlerFailed.new(e, false)
    rescue Exception => e # Such as exit, or a want of memory.
      raise HandlerFailed.new(e, true)
    end

    private

    def written(answer)
      return [answer.read, 'application/unknown'] if answer.is_a?(StringIO) || answer.is_a?(IO)

      [answer.to_json, 'application/json']
    end
  end

  # Where methods are that a file defines outside of classes.
  TOPLEVEL = TOPLEVEL_BINDING.receiver
end
