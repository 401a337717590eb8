from matching.allocate.joint import allocate, allocate_table
from matching.allocate.plan import Assignment, Objective, Plan
from matching.allocate.table import Choice, Table
