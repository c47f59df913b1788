# Loaded into Ruby by RUBYOPT: says at the end how many objects were made, which no noise changes.
at_exit { warn "objects made: #{GC.stat(:total_allocated_objects)}" }
