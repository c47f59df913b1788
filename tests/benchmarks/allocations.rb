# Loaded into Ruby by RUBYOPT: says at the end how many objects were made, which noise hardly changes.
at_exit { warn "objects made: #{GC.stat(:total_allocated_objects)}" }
