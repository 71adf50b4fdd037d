/* faulty.c: a kernel with a race and a write beyond its buffer, which a checker must find. */
#define CL_TARGET_OPENCL_VERSION 120

#include <CL/cl.h>
#include <stdio.h>

static const char *const TEXT = "__kernel void faulty(__global int *a) {\n"
                                "    __local int shared[8];\n"
                                "    int i = get_local_id(0);\n"
                                "    shared[i] = i;\n"
                                "    a[i + 1] = shared[(i + 1) % 8];\n"
                                "}\n";

int main(void)
{
    cl_platform_id platform;
    cl_device_id device;
    cl_int error = clGetPlatformIDs(1, &platform, NULL);
    if (error || clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL))
        return 1;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &error);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &error);
    cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, 8 * sizeof(cl_int), NULL, &error);
    cl_program program = clCreateProgramWithSource(context, 1, (const char **)&TEXT, NULL, &error);
    if (clBuildProgram(program, 1, &device, "", NULL, NULL))
        return 1;
    cl_kernel kernel = clCreateKernel(program, "faulty", &error);
    const size_t items = 8;
    clSetKernelArg(kernel, 0, sizeof memory, &memory);
    error = clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL);
    return error || clFinish(queue);
}
